-- Rooms, their members and messages; what is imposed on people, whom they block, tickets for a second connection.

-- Lets one index find words in one room. Trusted: the owner of the database may add it.
create extension if not exists btree_gin;

create schema rooms;

create table rooms.rooms (
    id              uuid    primary key,
    tenant          text,
    kind            text    not null check (kind in ('primary', 'sub', 'event', 'temporary', 'direct')),
    name            text    not null,
    topic           text    not null default '',
    category        text,
    access          text    not null check (access in ('public', 'private', 'paid')),
    state           text    not null check (state in ('open', 'locked', 'closed')),
    entry_fee       bigint  check (entry_fee > 0),
    promised_ms     bigint,
    capacity        integer not null check (capacity > 0),
    members         integer not null default 0 check (members between 0 and capacity),
    slow_ms         bigint  check (slow_ms > 0),
    members_only_ms bigint  check (members_only_ms > 0),
    lobby           boolean not null default false,
    -- What roles may do, where the host changed it.
    powers          jsonb,
    call_id         uuid,
    -- The two of a conversation, in the order of their names.
    direct_a        text,
    direct_b        text,
    created_ms      bigint  not null,
    closed_ms       bigint,
    -- The number of the last change, of the last one that was told to members, and of the last one of the row itself.
    head            bigint  not null default 0,
    told            bigint  not null default 0,
    changed         bigint  not null default 0,
    -- When somebody last wrote.
    touched_ms      bigint  not null,
    check ((kind = 'direct') = (direct_a is not null and direct_b is not null and direct_a < direct_b)),
    check ((kind = 'direct') = (tenant is null)),
    check ((access = 'paid') = (entry_fee is not null)),
    check ((state = 'closed') = (closed_ms is not null))
) with (fillfactor = 50);
create unique index rooms_primary on rooms.rooms (tenant) where kind = 'primary';
create unique index rooms_direct on rooms.rooms (direct_a, direct_b) where kind = 'direct';
create index rooms_tenant on rooms.rooms (tenant);
-- Words are found however they are written, large or small, in all scripts: whatever locale the database has.
create index rooms_words on rooms.rooms using gin (to_tsvector('simple', lower((name || ' ' || topic) collate "und-x-icu"))) where kind <> 'direct';

create table rooms.members (
    room_id       uuid    not null references rooms.rooms,
    uid           text    not null,
    role          text    not null check (role in ('member', 'moderator', 'admin', 'host')),
    state         text    not null check (state in ('invited', 'lobby', 'joined', 'left', 'removed')),
    since_ms      bigint  not null,
    -- The number of the room's change that last touched him.
    changed       bigint  not null,
    -- What he paid to enter, and whether it was given back.
    fee_transfer  uuid,
    fee_refunded  boolean not null default false,
    delivered_seq bigint  not null default 0,
    read_seq      bigint  not null default 0,
    last_sent_ms  bigint,
    primary key (room_id, uid)
) with (fillfactor = 70);
create index members_of on rooms.members (uid) where state in ('joined', 'invited', 'lobby');
create index members_changed on rooms.members (room_id, changed);

create table rooms.messages (
    room_id       uuid    not null references rooms.rooms,
    seq           bigint  not null,
    id            uuid    not null unique,
    author        text    not null,
    -- The id that the author's app gave it, and a hash of what came with it.
    client_id     text    not null,
    body_hash     bytea   not null,
    at_ms         bigint  not null,
    kind          text    not null,
    body          text    not null,
    reply_to      bigint,
    mentions      text[]  not null default '{}',
    attachment_id uuid,
    gift          jsonb,
    edited_ms     bigint,
    deleted_ms    bigint,
    deleted_by    text,
    pinned_ms     bigint,
    held          boolean not null default false,
    changed       bigint  not null,
    primary key (room_id, seq),
    unique (room_id, author, client_id)
) with (fillfactor = 90);
create index messages_changed on rooms.messages (room_id, changed);
create index messages_pinned on rooms.messages (room_id, pinned_ms) where pinned_ms is not null;
create index messages_held on rooms.messages (room_id, seq) where held;
create index messages_words on rooms.messages using gin (room_id, to_tsvector('simple', lower(body collate "und-x-icu")))
    where deleted_ms is null and kind <> 'encrypted';

create table rooms.reactions (
    room_id uuid   not null,
    seq     bigint not null,
    uid     text   not null,
    emoji   text   not null,
    at_ms   bigint not null,
    primary key (room_id, seq, uid, emoji),
    foreign key (room_id, seq) references rooms.messages
);

-- What is imposed on somebody. A row is never deleted; who takes it back stands in it.
create table people.sanctions (
    id        uuid   primary key,
    uid       text   not null,
    kind      text   not null check (kind in ('warn', 'mute', 'kick', 'ban', 'suspend', 'restrict_payments')),
    -- platform, tenant:UID, room:ID
    scope     text   not null,
    -- The device that it holds for too, whoever signs in with it.
    device    text,
    from_ms   bigint not null,
    until_ms  bigint,
    actor     text   not null,
    reason    text   not null,
    case_id   uuid,
    lifted_ms bigint,
    lifted_by text,
    check (until_ms is null or until_ms > from_ms)
);
create index sanctions_of on people.sanctions (uid, from_ms desc);
create index sanctions_standing on people.sanctions (uid) where lifted_ms is null and kind not in ('warn', 'kick');
create index sanctions_devices on people.sanctions (device) where lifted_ms is null and device is not null;

create table people.blocks (
    uid     text   not null,
    blocked text   not null,
    at_ms   bigint not null,
    primary key (uid, blocked)
);

-- Tickets for a second connection that hears one room. Only a hash is kept; each lets in once.
create table people.tickets (
    hash       bytea  primary key,
    uid        text   not null,
    room_id    uuid   not null,
    expires_ms bigint not null,
    used_ms    bigint
);
create index tickets_old on people.tickets (expires_ms);

-- The room that a connection with a ticket hears.
alter table people.connections add column room_id uuid;

do $$
begin
    if exists (select 1 from pg_roles where rolname = 'callboard_app') then
        grant usage on schema rooms to callboard_app;
        grant select, insert, update on all tables in schema rooms to callboard_app;
        grant delete on rooms.reactions to callboard_app;
        grant select, insert, update on people.sanctions, people.tickets to callboard_app;
        grant select, insert, delete on people.blocks to callboard_app;
        grant delete on people.tickets to callboard_app;
    end if;
end $$;
