-- Automod: rules of the platform, of tenants and of rooms, and what they hit. Policy lists and who follows them.

create schema if not exists moderation;

-- Each change is a new version; the last one holds.
create table moderation.rule_sets (
    -- platform, tenant:UID, room:ID
    scope   text   not null,
    version bigint not null check (version > 0),
    rules   jsonb  not null,
    set_ms  bigint not null,
    set_by  text   not null,
    primary key (scope, version)
);

-- One more for each change of rules, lists and subscriptions: workers that hold rules look at this number alone.
create table moderation.rules_head (
    one     boolean primary key default true check (one),
    version bigint  not null default 0
);
insert into moderation.rules_head default values;

create table moderation.hits (
    id         bigint generated always as identity primary key,
    at_ms      bigint not null,
    room_id    uuid   not null,
    author     text   not null,
    -- Absent where the message was not taken.
    message_id uuid,
    scope      text   not null,
    rule       text   not null,
    action     jsonb  not null,
    found      text[] not null
);
create index hits_of_scope on moderation.hits (scope, id desc);
create index hits_of_room on moderation.hits (room_id, id desc);
create index hits_of_author on moderation.hits (author, id desc);

create table moderation.policy_lists (
    name    text    primary key,
    version bigint  not null,
    entries integer not null check (entries between 0 and 20000),
    set_ms  bigint  not null,
    set_by  text    not null
);

create table moderation.policy_entries (
    list           text not null references moderation.policy_lists,
    kind           text not null check (kind in ('user', 'device', 'word', 'link')),
    entity         text not null,
    recommendation text not null check (recommendation in ('flag', 'mute', 'ban')),
    reason         text not null,
    primary key (list, kind, entity)
);

create table moderation.policy_subscriptions (
    scope text   not null,
    list  text   not null references moderation.policy_lists,
    mode  text   not null check (mode in ('simulate', 'enforce')),
    at_ms bigint not null,
    by    text   not null,
    primary key (scope, list)
);

do $$
begin
    if exists (select 1 from pg_roles where rolname = 'callboard_app') then
        grant usage on schema moderation to callboard_app;
        grant select, insert on moderation.rule_sets, moderation.hits to callboard_app;
        grant select, insert, update on moderation.policy_lists to callboard_app;
        grant select, insert, update, delete on moderation.policy_entries, moderation.policy_subscriptions to callboard_app;
        grant select, update on moderation.rules_head to callboard_app;
    end if;
end $$;
