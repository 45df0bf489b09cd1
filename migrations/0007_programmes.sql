-- Calls on air: what is wanted of each programme, where it stands, and who agreed to be in it.

create table calls.programmes (
    id         uuid    primary key,
    call_id    uuid    not null references calls.calls,
    -- A call has at most one programme that is not over.
    live       boolean not null default true,
    state      text    not null,
    title      text    not null,
    preset     text    not null,
    layout     text    not null,
    focus      text,
    slate      text    not null,
    slate_text text,
    -- With the keys in their addresses while it is live; masked once it is over.
    targets    jsonb   not null check (jsonb_typeof(targets) = 'array'),
    started_by text    not null,
    created_ms bigint  not null,
    on_air_ms  bigint,
    ended_ms   bigint,
    said       text,
    hls_url    text,
    worker     text,
    version    bigint  not null default 1
) with (fillfactor = 70);
create unique index one_live_programme on calls.programmes (call_id) where live;
create index programmes_of_call on calls.programmes (call_id);

create table calls.consents (
    programme_id uuid   not null references calls.programmes,
    uid          text   not null,
    consent      text   not null,
    asked_ms     bigint not null,
    answered_ms  bigint,
    primary key (programme_id, uid)
);

do $$
begin
    if exists (select 1 from pg_roles where rolname = 'callboard_app') then
        grant select, insert, update on calls.programmes, calls.consents to callboard_app;
    end if;
end $$;
