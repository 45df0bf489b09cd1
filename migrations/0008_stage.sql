-- The stage of a call on air: who of those who agreed is on the programme, who raised his hand, who is invited and who came on the stage.

alter table calls.programmes add column mode text not null default 'group';

-- A row for whoever ever had to do with the stage of a programme, or whose gain was set.
create table calls.stage (
    programme_id  uuid    not null references calls.programmes,
    uid           text    not null,
    place         text    not null,
    -- The version of the programme with which he came to this place: the order of the queue and of the stage.
    turn          bigint  not null,
    since_ms      bigint  not null,
    gain_permille integer not null default 1000 check (gain_permille between 0 and 4000),
    -- False where he left the call: his place is gone with that, and the others are told a moment later.
    told          boolean not null default true,
    primary key (programme_id, uid)
) with (fillfactor = 70);
create index stage_untold on calls.stage (programme_id) where not told;

do $$
begin
    if exists (select 1 from pg_roles where rolname = 'callboard_app') then
        grant select, insert, update on calls.stage to callboard_app;
    end if;
end $$;
