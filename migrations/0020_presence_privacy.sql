-- Who sees whether somebody is here, and when he last was. Only what somebody set; who set nothing is seen by everybody.

create table people.presence_privacy (
    uid       text primary key,
    online    text not null check (online in ('everybody', 'contacts', 'nobody')),
    last_seen text not null check (last_seen in ('everybody', 'contacts', 'nobody'))
);

do $$
begin
    if exists (select 1 from pg_roles where rolname = 'callboard_app') then
        grant select, insert, update, delete on people.presence_privacy to callboard_app;
    end if;
end $$;
