-- That the transfer and the account of a posting exist is asked once for all postings of a statement, as it is asked whether they balance.
-- Foreign keys asked for each posting by itself and locked what they found: a large part of what a posting cost. What they kept from being
-- deleted stays by itself: transfers are append-only, and so is the set of accounts from now on.

create or replace function ledger.post_entries() returns trigger
    language plpgsql security definer set search_path = ledger, pg_temp as $$
declare
    bad uuid;
begin
    select e.transfer_id into bad from added e left join accounts a on a.id = e.account_id where a.id is null limit 1;
    if bad is not null then
        raise exception 'transfer % names an account that is not there', bad
            using errcode = 'foreign_key_violation', constraint = 'entries_account_id_fkey';
    end if;
    select e.transfer_id into bad
    from added e join accounts a on a.id = e.account_id
    group by e.transfer_id, a.asset
    having sum(e.amount) <> 0
    limit 1;
    if bad is not null then
        raise exception 'transfer % does not balance', bad using errcode = 'check_violation', constraint = 'transfer_balances';
    end if;
    select e.transfer_id into bad
    from (select transfer_id, count(*) as n, min(seq) as low, max(seq) as high from added group by transfer_id) e
    left join transfers t on t.id = e.transfer_id
    where t.id is null or e.n <> t.entries or e.low <> 0 or e.high <> t.entries - 1
    limit 1;
    if bad is not null and not exists (select from transfers where id = bad) then
        raise exception 'transfer % is not there', bad
            using errcode = 'foreign_key_violation', constraint = 'entries_transfer_id_fkey';
    elsif bad is not null then
        raise exception 'transfer % is not posted whole', bad using errcode = 'check_violation', constraint = 'transfer_whole';
    end if;
    update accounts a set posted = a.posted + d.amount
    from (select account_id, sum(amount)::bigint as amount from added group by account_id) d
    where a.id = d.account_id and d.amount <> 0;
    return null;
end $$;

create function ledger.refuse_removal() returns trigger
    language plpgsql as $$
begin
    raise exception 'an account of % stays as long as the books', tg_table_schema || '.' || tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger accounts_stay before delete or truncate or update of id on ledger.accounts
    for each statement execute function ledger.refuse_removal();

alter table ledger.entries
    drop constraint entries_account_id_fkey,
    drop constraint entries_transfer_id_fkey;
