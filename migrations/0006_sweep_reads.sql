-- A round of the meter reads what its shard needs and nothing else: the signs of life of those who are in its calls, and the legs
-- themselves only where one of them changed since the round before. The database keeps both marks, so that no code can forget to.

alter table calls.seen add column shard smallint, add column live boolean not null default true;
update calls.seen s set shard = c.shard, live = m.live from calls.members m join calls.calls c on c.id = m.call_id where m.no = s.no;
create index seen_live on calls.seen (shard) where live;

create function calls.seen_shard() returns trigger
    language plpgsql security definer set search_path = calls, pg_temp as $$
begin
    select c.shard into new.shard from members m join calls c on c.id = m.call_id where m.no = new.no;
    return new;
end $$;
create trigger seen_shard before insert on calls.seen for each row execute function calls.seen_shard();

create function calls.seen_follows() returns trigger
    language plpgsql security definer set search_path = calls, pg_temp as $$
begin
    update seen set live = new.live where no = new.no and live <> new.live;
    return null;
end $$;
create trigger seen_follows after update of live on calls.members for each row
    when (old.live is distinct from new.live) execute function calls.seen_follows();

-- Counts changes of a shard's legs. Whoever changes a leg holds the shard's row already.
alter table ledger.shards add column changes bigint not null default 0;
create function calls.legs_changed() returns trigger
    language plpgsql security definer set search_path = calls, ledger, pg_temp as $$
begin
    update shards set changes = changes + 1 where id in (select shard from changed);
    return null;
end $$;
create trigger legs_added after insert on calls.legs
    referencing new table as changed for each statement execute function calls.legs_changed();
create trigger legs_changed after update on calls.legs
    referencing new table as changed for each statement execute function calls.legs_changed();

-- Ids and sums hardly get smaller by compressing, and it took as long as the meter.
alter table ledger.journal
    alter column legs set storage external,
    alter column through_ms set storage external,
    alter column elapsed_ms set storage external,
    alter column charge set storage external;
