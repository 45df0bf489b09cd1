-- Pictures of what was on air, kept with reports; and members of staff who work for some creators alone.

-- A row is never changed: the workers' role cannot. The hash of the picture stands in the report's evidence.
create table moderation.stills (
    report_id uuid  primary key references moderation.reports,
    jpeg      bytea not null check (octet_length(jpeg) between 1 and 65536)
);

-- In whose rooms or calls a case is; nobody's where it is about a person wherever he is, or about what two say to each other.
alter table moderation.cases add column tenant text;

-- The creators for whom alone a member of staff works; none: for all.
alter table people.staff add column tenants text[] not null default '{}';

do $$
begin
    if exists (select 1 from pg_roles where rolname = 'callboard_app') then
        grant select, insert on moderation.stills to callboard_app;
    end if;
end $$;
