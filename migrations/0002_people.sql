-- Users, their devices and settings; staff; live connections.

create schema people;

create table people.users (
    uid        text   primary key check (uid ~ '^[A-Za-z0-9_-]{1,64}$'),
    created_ms bigint not null,
    banned_ms  bigint
);
-- Workers hold the whole list of bans and read it anew each second.
create index users_banned on people.users (uid) where banned_ms is not null;

create table people.devices (
    uid          text   not null references people.users,
    device       text   not null,
    last_seen_ms bigint not null,
    primary key (uid, device)
);

create table people.settings (
    uid             text    primary key references people.users,
    available       boolean not null,
    auto_accept     boolean not null,
    tariff          text,
    rates           jsonb   not null,
    minimum_minutes integer not null check (minimum_minutes between 0 and 1440)
);
create index settings_available on people.settings (uid) where available;

create table people.staff (
    name       text   primary key,
    role       text   not null,
    public_key text   not null unique,
    per_act    bigint check (per_act >= 0),
    per_day    bigint check (per_day >= 0),
    added_ms   bigint not null,
    added_by   text   not null,
    revoked_ms bigint
);

-- Connections that the sign-in let in, so that a ban or a revocation can cut them.
create table people.connections (
    server_id text   not null,
    cid       bigint not null,
    kind      text   not null check (kind in ('user', 'staff')),
    name      text   not null,
    at_ms     bigint not null,
    primary key (server_id, cid)
);
create index connections_of on people.connections (kind, name);
