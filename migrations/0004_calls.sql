-- Calls, members, legs, what happened to each leg, and the evidence that somebody was there.

create schema calls;

create table calls.tariffs (
    name    text   primary key check (name ~ '^[A-Za-z0-9_-]{1,64}$'),
    spec    jsonb  not null,
    version bigint not null,
    set_ms  bigint not null,
    set_by  text   not null
);

create table calls.calls (
    id             uuid     primary key,
    shard          smallint not null references ledger.shards,
    kind           text     not null,
    state          text     not null,
    caller         text     not null,
    payee          text     not null,
    tariff_name    text     not null,
    tariff         jsonb    not null,
    minutes        integer,
    created_ms     bigint   not null,
    -- Until when it rings, or may take to start. Time in which the house was not listening is added.
    deadline_ms    bigint   not null,
    active_ms      bigint,
    ended_ms       bigint,
    end_reason     text,
    version        bigint   not null default 1
) with (fillfactor = 70);
create index calls_waiting on calls.calls (deadline_ms) where state in ('pending', 'accepted');
create index calls_live on calls.calls (id) where state in ('pending', 'accepted', 'active');

create table calls.members (
    no             bigint  generated always as identity unique,
    call_id        uuid    not null references calls.calls,
    uid            text    not null,
    role           text    not null,
    state          text    not null,
    -- A user is live in at most one call.
    live           boolean not null,
    device         text,
    muted          boolean not null default false,
    camera         boolean not null default true,
    muted_by_staff boolean not null default false,
    primary key (call_id, uid)
) with (fillfactor = 70);
create unique index one_live_call on calls.members (uid) where live;
create index members_of_user on calls.members (uid, call_id);

create table calls.legs (
    id            uuid     primary key,
    call_id       uuid     not null references calls.calls,
    shard         smallint not null references ledger.shards,
    payer         text     not null,
    payee         text     not null,
    payer_no      bigint   not null,
    payee_no      bigint   not null,
    tariff        jsonb    not null,
    wallet_id     bigint   not null references ledger.accounts,
    earnings_id   bigint   not null references ledger.accounts,
    receivable_id bigint   not null references ledger.accounts,
    state         text     not null,
    -- The leg clock of the domain, as far as the last recorded event took it.
    since_ms      bigint   not null default 0,
    connected_ms  bigint   not null default 0,
    lost_ms       bigint   not null default 0,
    lost_side     text,
    granted       bigint   not null,
    events        integer  not null default 0,
    settle_due_ms bigint   not null default 0,
    warned        boolean  not null default false,
    started_ms    bigint,
    ended_ms      bigint,
    end_reason    text,
    final_ms      bigint,
    final_charge  bigint
) with (fillfactor = 60);
create index legs_of_call on calls.legs (call_id);
create index legs_live on calls.legs (shard) where state <> 'settled';

-- Everything that the meter needs to be run again: starts, suspensions, resumptions, grants, ends.
create table calls.leg_events (
    leg_id uuid    not null references calls.legs,
    seq    integer not null,
    at_ms  bigint  not null,
    event  jsonb   not null,
    primary key (leg_id, seq)
);
create trigger append_only before update or delete or truncate on calls.leg_events for each statement execute function ledger.refuse_change();

-- The last sign of life of a member, flushed once a second, and how the line was. Numbers of members, so that the meter's join is cheap.
create table calls.seen (
    no            bigint primary key,
    seen_ms       bigint not null,
    media         boolean not null,
    line          smallint,
    rtt_ms        integer,
    loss_permille integer,
    jitter_ms     integer,
    bitrate_kbps  integer
) with (fillfactor = 50);

-- Free time is granted once per payer and payee in 30 days.
create table calls.free_time (
    payer text   not null,
    payee text   not null,
    at_ms bigint not null,
    primary key (payer, payee)
);
