-- A round's ticks in one value instead of four arrays: the same bytes that the hash covers. Writing arrays, with a check over all four,
-- took longer than any other part of a round. Rows of the release before stay as they are and are read as before.

alter table ledger.journal
    -- Of each tick, big endian: the leg (16 bytes), through when, connected time, charge (8 each).
    add column ticks bytea,
    alter column ticks set storage external,
    alter column legs drop not null,
    alter column through_ms drop not null,
    alter column elapsed_ms drop not null,
    alter column charge drop not null,
    drop constraint journal_check,
    -- Not looked up in old rows: they were written under the check that it replaces.
    add constraint journal_whole check (
        num_nonnulls(legs, through_ms, elapsed_ms, charge) = case when ticks is null then 4 else 0 end and length(ticks) % 40 = 0
        and cardinality(legs) = cardinality(through_ms) and cardinality(legs) = cardinality(elapsed_ms) and cardinality(legs) = cardinality(charge)
    ) not valid;

-- The ticks of a row, for people and for the books.
create function ledger.unpack_ticks(ticks bytea) returns table (leg uuid, through_ms bigint, elapsed_ms bigint, charge bigint)
    language sql immutable strict parallel safe as $$
    -- Read from its storage once, not for each field.
    with t as materialized (select ticks || ''::bytea as b)
    select encode(substr(b, n, 16), 'hex')::uuid, ('x' || encode(substr(b, n + 16, 8), 'hex'))::bit(64)::bigint,
        ('x' || encode(substr(b, n + 24, 8), 'hex'))::bit(64)::bigint, ('x' || encode(substr(b, n + 32, 8), 'hex'))::bit(64)::bigint
    from t, generate_series(1, length(b), 40) as n
$$;
