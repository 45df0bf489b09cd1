-- Who was cut because he flooded the house, and until when he may not sign in.

create table people.floods (
    uid      text    primary key,
    -- How often it happened, each time soon after the last.
    times    integer not null,
    at_ms    bigint  not null,
    until_ms bigint  not null
);

do $$
begin
    if exists (select 1 from pg_roles where rolname = 'callboard_app') then
        grant select, insert, update on people.floods to callboard_app;
    end if;
end $$;
