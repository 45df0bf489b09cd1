-- With each event of a leg: the end of the last outage of the house that was known when it was recorded. An outage begins at the last instant at
-- which the house is known to have listened, so one that is found later may reach back before an end that was metered without it; the meter, run
-- again, has to know what the live one knew. Null in rows from before.
alter table calls.leg_events add column outages_to_ms bigint;
