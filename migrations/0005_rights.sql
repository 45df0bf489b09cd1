-- The workers' role may do what the house does, and no more: what is posted or logged cannot be changed or deleted by it.

do $$
begin
    if exists (select 1 from pg_roles where rolname = 'callboard_app') then
        grant usage on schema store, people, ledger, calls to callboard_app;
        grant select, insert, update on all tables in schema store, people, calls to callboard_app;
        grant delete on store.pushes, people.connections, people.devices to callboard_app;
        grant select, insert on all tables in schema ledger to callboard_app;
        grant update on ledger.holds, ledger.shards, ledger.minutes to callboard_app;
        grant update (held) on ledger.accounts to callboard_app;
        grant usage on all sequences in schema store, people, ledger, calls to callboard_app;
        grant execute on function store.now_ms() to callboard_app;
        revoke update on store.actions, store.outages, calls.leg_events from callboard_app;
        revoke insert on ledger.shards from callboard_app;
    end if;
end $$;
