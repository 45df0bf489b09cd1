-- A room holds a call, and its members watch the call's programme beside the text: where, for as long as it is on air.
alter table rooms.rooms add column watch_url text check (watch_url is null or call_id is not null);
-- A call is in one room at most.
create unique index room_of_call on rooms.rooms (call_id) where call_id is not null;
