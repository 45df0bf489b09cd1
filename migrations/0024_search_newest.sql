-- Messages of a room in the order in which search gives them: a word that is in most messages is found among the newest, without reading
-- all that have it.
create index messages_newest on rooms.messages (room_id, id desc);
