-- What people pay each other outside of calls: entry fees and gifts, with what gifts there are to give.

alter table ledger.transfers drop constraint transfers_kind_check;
alter table ledger.transfers add constraint transfers_kind_check
    check (kind in ('topup', 'settle', 'refund', 'adjust', 'entry_fee', 'gift', 'give_back'));
create index transfers_reversing on ledger.transfers (reverses) where reverses is not null;

-- A payment, to be given back in parts or whole: what a hold is to a leg. Only refunded changes. Unit: 1/10 000 coin.
create table ledger.payments (
    transfer_id uuid     primary key references ledger.transfers,
    kind        text     not null check (kind in ('entry_fee', 'gift')),
    payer       text     not null,
    payee       text     not null check (payee <> payer),
    amount      bigint   not null check (amount > 0),
    split       jsonb    not null,
    -- The stripe of the house's revenue that got the house's part.
    stripe      smallint not null,
    refunded    bigint   not null default 0,
    at_ms       bigint   not null,
    constraint refunded_within_paid check (0 <= refunded and refunded <= amount)
) with (fillfactor = 80);

-- What can be given. A tip costs what its giver says; everything else has a price.
create table ledger.gift_catalogue (
    gift       text    primary key check (gift ~ '^[a-z0-9_]{1,32}$'),
    name       text    not null,
    price      bigint  check (price > 0),
    split      jsonb   not null,
    retired_ms bigint,
    version    bigint  not null default 1,
    set_ms     bigint  not null,
    set_by     text    not null,
    check ((gift = 'tip') = (price is null))
);
insert into ledger.gift_catalogue (gift, name, price, split, set_ms, set_by)
select gift, name, price * 10000, '[["creator", "0.8"], ["platform", "0.2"]]', store.now_ms(), 'house'
from (values ('tip', 'Tip', null), ('heart', 'Heart', 1), ('rose', 'Rose', 5), ('coffee', 'Coffee', 10), ('cake', 'Cake', 25),
    ('star', 'Star', 50), ('crown', 'Crown', 100), ('rocket', 'Rocket', 250), ('castle', 'Castle', 500)) as g (gift, name, price);

-- What was given, each with its payment. Only kept changes: what it cost less what was given back.
create table ledger.gifts (
    id          uuid    primary key,
    transfer_id uuid    not null unique references ledger.payments,
    gift        text    not null references ledger.gift_catalogue,
    giver       text    not null,
    receiver    text    not null,
    room_id     uuid,
    call_id     uuid,
    count       integer not null check (count between 1 and 99),
    amount      bigint  not null check (amount > 0),
    kept        bigint  not null check (kept between 0 and amount),
    -- How many in a row by now, this one included.
    streak      integer not null check (streak >= count),
    at_ms       bigint  not null,
    check (room_id is null or call_id is null)
) with (fillfactor = 90);
create index gifts_to on ledger.gifts (receiver, at_ms) include (giver, kept, count);
create index gifts_in on ledger.gifts (room_id, at_ms) include (giver, kept, count) where room_id is not null;
create index gifts_in_row on ledger.gifts (giver, receiver, gift, at_ms);

-- What members paid to enter, to be compared with the payments.
create index members_fee on rooms.members (fee_transfer) where fee_transfer is not null;

do $$
begin
    if exists (select 1 from pg_roles where rolname = 'callboard_app') then
        grant select, insert on ledger.payments, ledger.gifts to callboard_app;
        grant update (refunded) on ledger.payments to callboard_app;
        grant update (kept) on ledger.gifts to callboard_app;
        grant select, insert, update on ledger.gift_catalogue to callboard_app;
    end if;
end $$;
