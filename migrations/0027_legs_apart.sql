-- no-transaction
-- Who looks each second for legs that are to start or to go on finds them without reading those that run.
create index concurrently legs_apart on calls.legs (shard) where state in ('waiting', 'suspended');
