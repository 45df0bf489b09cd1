-- Double entry. What is posted never changes; corrections are new transfers. The database itself refuses what must not be.

create schema ledger;

-- Accounts with their balances. Only posted and held change. Unit: 1/10 000 coin.
create table ledger.accounts (
    id     bigint   generated always as identity primary key,
    owner  text     not null,
    kind   text     not null check (kind in ('wallet', 'earnings', 'receivable', 'revenue', 'issuer', 'refund_cost', 'promotions')),
    asset  text     not null default 'COIN',
    stripe smallint not null default 0,
    floor  bigint   not null,
    posted bigint   not null default 0,
    held   bigint   not null default 0 check (held >= 0),
    unique (owner, kind, asset, stripe),
    constraint available_not_below_floor check (posted - held >= floor),
    constraint posted_within_cap check (posted between -1000000000000000000 and 10000000000000000)
) with (fillfactor = 60);

create table ledger.transfers (
    id        uuid     primary key,
    kind      text     not null check (kind in ('topup', 'settle', 'refund', 'adjust')),
    reference text     not null,
    call_id   uuid,
    leg_id    uuid,
    actor     text     not null,
    reason    text,
    reverses  uuid     references ledger.transfers,
    entries   smallint not null check (entries between 2 and 32),
    at_ms     bigint   not null
);
create index transfers_of_leg on ledger.transfers (leg_id) where leg_id is not null;
create index refunds_by_time on ledger.transfers (at_ms) where kind = 'refund';

create table ledger.entries (
    transfer_id uuid     not null references ledger.transfers,
    seq         smallint not null,
    account_id  bigint   not null references ledger.accounts,
    amount      bigint   not null check (amount <> 0),
    primary key (transfer_id, seq)
);
create index entries_of_account on ledger.entries (account_id, transfer_id);

-- One statement posts whole transfers: they must balance per asset, be complete, and move the balances with them.
create function ledger.post_entries() returns trigger
    language plpgsql security definer set search_path = ledger, pg_temp as $$
declare
    bad uuid;
begin
    select e.transfer_id into bad
    from added e join accounts a on a.id = e.account_id
    group by e.transfer_id, a.asset
    having sum(e.amount) <> 0
    limit 1;
    if bad is not null then
        raise exception 'transfer % does not balance', bad using errcode = 'check_violation', constraint = 'transfer_balances';
    end if;
    select t.id into bad
    from (select transfer_id, count(*) as n, min(seq) as low, max(seq) as high from added group by transfer_id) e
    join transfers t on t.id = e.transfer_id
    where e.n <> t.entries or e.low <> 0 or e.high <> t.entries - 1
    limit 1;
    if bad is not null then
        raise exception 'transfer % is not posted whole', bad using errcode = 'check_violation', constraint = 'transfer_whole';
    end if;
    update accounts a set posted = a.posted + d.amount
    from (select account_id, sum(amount)::bigint as amount from added group by account_id) d
    where a.id = d.account_id and d.amount <> 0;
    return null;
end $$;
create trigger post_entries after insert on ledger.entries
    referencing new table as added
    for each statement execute function ledger.post_entries();

-- What is written here stays: the application has no right to change it, and even the owner is stopped from doing so by accident.
create function ledger.refuse_change() returns trigger
    language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_schema || '.' || tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger append_only before update or delete or truncate on ledger.transfers for each statement execute function ledger.refuse_change();
create trigger append_only before update or delete or truncate on ledger.entries for each statement execute function ledger.refuse_change();

-- Coins set aside for a leg. held of the wallet = sum of (granted - settled) over its unreleased holds.
create table ledger.holds (
    id           uuid   primary key,
    leg_id       uuid   not null unique,
    call_id      uuid   not null,
    account_id   bigint not null references ledger.accounts,
    granted      bigint not null,
    settled      bigint not null default 0,
    -- The cumulative charge of the last interim settlement: each party has floor(share * basis).
    basis        bigint not null default 0,
    final_charge bigint,
    refunded     bigint not null default 0,
    placed_ms    bigint not null,
    released_ms  bigint,
    constraint settled_within_granted check (0 <= settled and settled <= granted),
    constraint settled_within_charge check (final_charge is null or (settled <= final_charge and final_charge <= granted)),
    constraint released_when_settled check (released_ms is null or settled = final_charge),
    constraint refunded_within_settled check (0 <= refunded and refunded <= settled)
) with (fillfactor = 70);
create index holds_open on ledger.holds (account_id) where released_ms is null;

-- Legs live in shards and never change shard. This row is the first lock of whatever changes a leg.
create table ledger.shards (
    id     smallint primary key,
    round  bigint   not null default 0,
    head   bytea    not null default '\x',
    due_ms bigint   not null default 0
) with (fillfactor = 50);
insert into ledger.shards (id) select generate_series(0, 31);

-- What was metered, a shard's round in a row. Chained by hash; no gap in round.
create table ledger.journal (
    shard      smallint not null references ledger.shards,
    round      bigint   not null,
    at_ms      bigint   not null,
    legs       uuid[]   not null,
    through_ms bigint[] not null,
    elapsed_ms bigint[] not null,
    charge     bigint[] not null,
    total      bigint   not null,
    prev       bytea    not null,
    hash       bytea    not null,
    primary key (shard, round),
    check (cardinality(legs) = cardinality(through_ms) and cardinality(legs) = cardinality(elapsed_ms) and cardinality(legs) = cardinality(charge))
);
create trigger append_only before update or delete or truncate on ledger.journal for each statement execute function ledger.refuse_change();

-- Roll-up for graphs: what was posted in each minute, striped so that shards do not wait for each other.
create table ledger.minutes (
    minute_ms   bigint   not null,
    stripe      smallint not null,
    charged     bigint   not null default 0,
    platform    bigint   not null default 0,
    refunded    bigint   not null default 0,
    calls_ended integer  not null default 0,
    primary key (minute_ms, stripe)
) with (fillfactor = 60);
