-- Viewers of calls on air who were ended: their tickets are refused for as long as they would be good.

create table calls.ended_viewers (
    programme_id uuid   not null references calls.programmes,
    viewer_id    uuid   not null,
    at_ms        bigint not null,
    ended_by     text   not null,
    primary key (programme_id, viewer_id)
);

do $$
begin
    if exists (select 1 from pg_roles where rolname = 'callboard_app') then
        grant select, insert on calls.ended_viewers to callboard_app;
    end if;
end $$;
