-- Files that are attached to messages, notices, public keys of devices, and what proves which encrypted message somebody sent.

create table rooms.attachments (
    id           uuid    primary key,
    owner        text    not null,
    room_id      uuid    not null references rooms.rooms,
    kind         text    not null check (kind in ('image', 'gif', 'voice', 'video')),
    -- What the owner said that it would be.
    said_type    text    not null,
    said_bytes   bigint  not null check (said_bytes > 0),
    name         text,
    -- asked: the place was given out; receiving: bytes come; stored: they are there and were looked at; refused: they were not taken;
    -- dropping: the files are being deleted; gone: they are.
    state        text    not null check (state in ('asked', 'receiving', 'stored', 'refused', 'dropping', 'gone')),
    -- What it was found to be.
    content_type text,
    bytes        bigint,
    width        integer,
    height       integer,
    length_ms    bigint,
    thumbnail    boolean not null default false,
    refusal      text,
    -- How long it is kept once it was sent.
    keep_ms      bigint  not null check (keep_ms > 0),
    created_ms   bigint  not null,
    upload_until_ms bigint not null,
    sent_ms      bigint,
    expires_ms   bigint,
    check (state <> 'stored' or (content_type is not null and bytes is not null)),
    check ((sent_ms is null) = (expires_ms is null))
);
create index attachments_of on rooms.attachments (owner, created_ms);
create index attachments_unsent on rooms.attachments (created_ms) where sent_ms is null and state <> 'gone';
create index attachments_sent on rooms.attachments (expires_ms) where sent_ms is not null and state <> 'gone';
create index attachments_dropping on rooms.attachments (id) where state = 'dropping';

-- One file, one message.
create unique index messages_attachment on rooms.messages (attachment_id) where attachment_id is not null;
-- What the author's app committed itself to, for encrypted messages.
alter table rooms.messages add column commitment bytea check (octet_length(commitment) = 32);

create table people.notices (
    id         uuid   primary key,
    uid        text   not null,
    kind       text   not null check (kind in ('mention', 'reply', 'message', 'invited', 'gift', 'outcome', 'sanction')),
    at_ms      bigint not null,
    from_uid   text,
    room_id    uuid,
    message_id uuid,
    seq        bigint,
    text       text   not null default '',
    read_ms    bigint
) with (fillfactor = 80);
create index notices_of on people.notices (uid, id desc);
create index notices_unread on people.notices (uid, id desc) where read_ms is null;
create index notices_old on people.notices (at_ms);

-- Only what somebody set; who set nothing is told of mentions and answers.
create table people.notice_settings (
    uid     text    not null,
    room_id uuid    not null,
    level   text    not null check (level in ('all', 'mentions', 'none')),
    quiet   boolean not null default false,
    primary key (uid, room_id)
);
create index notice_settings_all on people.notice_settings (room_id) where level = 'all';

create table people.key_devices (
    uid              text   not null,
    device           text   not null,
    identity_key     bytea  not null check (octet_length(identity_key) = 32),
    signed_id        bigint not null,
    signed_key       bytea  not null check (octet_length(signed_key) = 32),
    signed_signature bytea  not null check (octet_length(signed_signature) = 64),
    since_ms         bigint not null,
    primary key (uid, device)
);

create table people.one_time_keys (
    uid      text   not null,
    device   text   not null,
    id       bigint not null,
    key      bytea  not null check (octet_length(key) = 32),
    added_ms bigint not null,
    given_to text,
    given_ms bigint,
    primary key (uid, device, id),
    foreign key (uid, device) references people.key_devices on delete cascade
);
create index one_time_keys_ready on people.one_time_keys (uid, device, id) where given_to is null;
create index one_time_keys_given on people.one_time_keys (uid, device, given_to, given_ms) where given_to is not null;

do $$
begin
    if exists (select 1 from pg_roles where rolname = 'callboard_app') then
        grant select, insert, update on rooms.attachments, people.notices, people.notice_settings, people.key_devices,
            people.one_time_keys to callboard_app;
        grant delete on people.notices, people.notice_settings, people.key_devices, people.one_time_keys to callboard_app;
    end if;
end $$;
