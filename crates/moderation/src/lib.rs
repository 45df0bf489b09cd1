//! Reports, cases, automod rules and policy lists. All `moderation.*` tables. What is imposed on people stands in `people.sanctions`.
