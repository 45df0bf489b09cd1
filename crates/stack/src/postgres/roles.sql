-- Run by psql at every start, as the superuser; `owner_password` and `app_password` are set before. Changes nothing that
-- is as it should be already. What `callboard_app` may do with which table stands in the migrations.

-- The lines below hold passwords: none of them may get into the server's log.
set log_min_error_statement = panic;
set log_min_duration_statement = -1;

select 'create role callboard_owner login createdb' where not exists (select from pg_roles where rolname = 'callboard_owner') \gexec
select 'create role callboard_app login' where not exists (select from pg_roles where rolname = 'callboard_app') \gexec
alter role callboard_owner password :'owner_password';
alter role callboard_app password :'app_password';

-- A worker that hangs in a transaction must not hold its locks for longer than this.
alter role callboard_owner set idle_in_transaction_session_timeout = '5s';
alter role callboard_app set idle_in_transaction_session_timeout = '5s';

select 'create database callboard owner callboard_owner' where not exists (select from pg_database where datname = 'callboard') \gexec
revoke all on database callboard from public;
grant connect, temporary on database callboard to callboard_app;
