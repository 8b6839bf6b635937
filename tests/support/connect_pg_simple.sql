-- The columns, the key and the index that connect-pg-simple's own DDL makes.
create table session (
    sid varchar not null collate "default",
    sess json not null,
    expire timestamp(6) not null,
    constraint session_pkey primary key (sid)
);
create index "IDX_session_expire" on session (expire);
