-- Reports, cases and appeals; what of a sanction still has to be carried out; which members of staff are users too.

create schema if not exists moderation;

-- A matter that staff decide: reports about the same thing join the case that is open on it.
create table moderation.cases (
    id           uuid   primary key,
    -- What it is about: message:ID, user:UID, room:ID, call:ID.
    matter       text   not null,
    -- Whom it is about, where it is somebody.
    about        text,
    category     text   not null,
    priority     text   not null check (priority in ('low', 'normal', 'high', 'urgent')),
    state        text   not null default 'open' check (state in ('open', 'decided')),
    reporters    integer not null default 0,
    opened_ms    bigint not null,
    due_ms       bigint not null,
    claimed_by   text,
    lease_ms     bigint,
    decided_ms   bigint,
    decided_by   text,
    outcome      text,
    reason       text,
    sanctions    uuid[] not null default '{}',
    messages     uuid[] not null default '{}',
    version      bigint not null default 0,
    check ((state = 'decided') = (decided_ms is not null and decided_by is not null and outcome is not null)),
    check ((claimed_by is null) = (lease_ms is null))
) with (fillfactor = 70);
create unique index cases_open on moderation.cases (matter) where state = 'open';
create index cases_queue on moderation.cases (due_ms, id) where state = 'open';
create index cases_about on moderation.cases (about);

-- What somebody reported, with the evidence as it was then. A row is never changed: the workers' role cannot.
create table moderation.reports (
    id            uuid   primary key,
    case_id       uuid   not null references moderation.cases,
    reporter      text   not null,
    category      text   not null,
    what          jsonb  not null,
    body          text   not null,
    at_ms         bigint not null,
    -- The canonical text whose SHA-256 is beside it.
    evidence      text   not null,
    evidence_hash bytea  not null,
    unique (case_id, reporter)
);
create index reports_of on moderation.reports (reporter, id desc);

create table moderation.notes (
    case_id uuid   not null references moderation.cases,
    no      integer not null,
    at_ms   bigint not null,
    author  text   not null,
    body    text   not null,
    primary key (case_id, no)
);

create table moderation.appeals (
    id          uuid   primary key,
    sanction_id uuid   not null unique references people.sanctions,
    uid         text   not null,
    body        text   not null,
    at_ms       bigint not null,
    filed_by    text   not null,
    state       text   not null default 'open' check (state in ('open', 'granted', 'denied')),
    decided_ms  bigint,
    decided_by  text,
    reason      text,
    check ((state = 'open') = (decided_ms is null and decided_by is null))
);
create index appeals_open on moderation.appeals (id) where state = 'open';
create index appeals_of on moderation.appeals (uid, id desc);

-- When what follows from a sanction was carried out (calls, rooms, connections), and when what follows from its end was.
alter table people.sanctions add column enforced_ms bigint;
alter table people.sanctions add column released_ms bigint;
create index sanctions_to_enforce on people.sanctions (from_ms) where enforced_ms is null;
create index sanctions_to_release on people.sanctions (until_ms) where released_ms is null and kind = 'mute';
-- Workers hold the list of who may not be here and read it anew each second.
create index sanctions_out on people.sanctions (uid)
    where lifted_ms is null and kind in ('ban', 'suspend') and scope = 'platform';

-- The user that a member of staff is on the platform.
alter table people.staff add column uid text;
create unique index staff_uid on people.staff (uid) where uid is not null and revoked_ms is null;

-- Who acted, on what: the log is searched by them.
create index actions_actor on store.actions (actor, no desc);
create index actions_target on store.actions (target, no desc);

do $$
begin
    if exists (select 1 from pg_roles where rolname = 'callboard_app') then
        grant usage on schema moderation to callboard_app;
        grant select, insert, update on moderation.cases, moderation.appeals to callboard_app;
        grant select, insert on moderation.reports, moderation.notes to callboard_app;
    end if;
end $$;
