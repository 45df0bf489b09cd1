-- Lists of rooms, and since when a room is empty: temporary rooms close by it.

alter table rooms.rooms add column empty_ms bigint;
alter table rooms.rooms add constraint rooms_empty_since check (members = 0 or empty_ms is null);
create index rooms_empty on rooms.rooms (empty_ms) where kind = 'temporary' and state <> 'closed' and empty_ms is not null;

-- What can be entered, the busiest first. A message in a room changes none of these columns.
create index rooms_busy on rooms.rooms (members desc, id desc)
    where kind <> 'direct' and access <> 'private' and state = 'open';
create index rooms_paid_by on rooms.members (room_id) where fee_transfer is not null and not fee_refunded;
-- Members in the order in which they are shown, and who waits in the lobby in the order in which they came.
create index members_ranked on rooms.members
    (room_id, state, (case role when 'host' then 0 when 'admin' then 1 when 'moderator' then 2 else 3 end), uid);
create index members_waiting on rooms.members (room_id, since_ms, uid) where state = 'lobby';

-- Whether somebody was in since he last paid: who was not let in from the lobby gets his fee back.
alter table rooms.members add column entered boolean not null default false;
