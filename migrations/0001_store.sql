-- The shared ground: time, stored answers, outbox, pushes, house liveness, action log.
-- Instants are whole milliseconds since the Unix epoch (columns end in _ms): the meter counts in them, so nothing is ever rounded on the way.

create schema store;

create function store.now_ms() returns bigint
    language sql volatile parallel safe
    return (extract(epoch from clock_timestamp()) * 1000)::bigint;

-- A command's answer, so that the same request id gives the same answer. Refusals are stored too.
create table store.requests (
    principal  text   not null,
    command    text   not null,
    request_id text   not null,
    body_hash  bytea  not null,
    answer     jsonb,
    at_ms      bigint not null,
    primary key (principal, command, request_id)
);

-- Events, written in the transaction of the fact that they tell of. `pos` orders them; ids are the message ids on the stream.
create table store.outbox (
    id      uuid   primary key,
    pos     bigint generated always as identity unique,
    event   text   not null,
    entity  text   not null,
    version bigint not null,
    at_ms   bigint not null,
    actor   text   not null,
    data    jsonb  not null,
    pushes  jsonb  not null default '[]',
    sent_ms bigint,
    unique (entity, version)
);
create index outbox_unsent on store.outbox (pos) where sent_ms is null;

-- What was pushed to whom, numbered per user without gaps, for session.sync. Only the relay writes here.
create table store.push_seq (
    uid text   primary key,
    seq bigint not null
);
create table store.pushes (
    uid   text   not null,
    seq   bigint not null,
    ev    uuid   not null,
    event text   not null,
    at_ms bigint not null,
    data  jsonb  not null,
    primary key (uid, seq)
);
create index pushes_old on store.pushes (at_ms);

-- When the house last heard itself, and the times in which it did not. Such time is neither billed nor counted as silence.
create table store.house (
    one      boolean primary key default true check (one),
    alive_ms bigint  not null
) with (fillfactor = 50);
insert into store.house (alive_ms) values (store.now_ms());
create table store.outages (
    id      bigint generated always as identity primary key,
    from_ms bigint not null,
    to_ms   bigint not null,
    check (to_ms > from_ms)
);
create index outages_to on store.outages (to_ms);

-- What staff did, chained: each row's hash covers the row before, so that a later change shows.
create table store.actions (
    no     bigint primary key,
    at_ms  bigint not null,
    actor  text   not null,
    act    text   not null,
    target text   not null,
    reason text,
    before jsonb,
    after  jsonb,
    prev   bytea  not null,
    hash   bytea  not null
);
create table store.action_head (
    one  boolean primary key default true check (one),
    no   bigint  not null,
    hash bytea   not null
);
insert into store.action_head (no, hash) values (0, '\x');
