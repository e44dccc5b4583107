-- Times are 9 bytes that compare as instants, keys and ids 16 bytes, nodes tuples that compare as Rust's: see
-- src/encode.rs. Texts for searching are folded: see SearchField::fold.

-- store: id of the store. change: last change number. horizon: what is not later than this is neither accepted nor
-- kept. maintained: when it was maintained.
CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL UNIQUE,
    day TEXT NOT NULL,
    event_type INTEGER NOT NULL,
    action INTEGER NOT NULL,
    modes INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first BLOB NOT NULL,
    latest BLOB NOT NULL,
    -- Id of the last record.
    last BLOB NOT NULL,
    nodes INTEGER NOT NULL,
    change INTEGER NOT NULL,
    policy_text TEXT NOT NULL,
    image_name_text TEXT NOT NULL,
    image_id_text TEXT NOT NULL
) STRICT;

CREATE INDEX events_latest ON events (latest, key);
CREATE INDEX events_count ON events (count, latest, key);
CREATE UNIQUE INDEX events_change ON events (change);
-- Few rows are not simply enforced.
CREATE INDEX events_mode ON events (latest, key) WHERE modes <> 1;

-- The last record of an event.
CREATE TABLE records (event INTEGER PRIMARY KEY, document TEXT NOT NULL) STRICT;

CREATE TABLE event_nodes (event INTEGER NOT NULL, node BLOB NOT NULL, PRIMARY KEY (event, node)) STRICT, WITHOUT ROWID;
CREATE INDEX event_nodes_node ON event_nodes (node, event);

-- Each node once, for searching: they are few.
CREATE TABLE nodes (
    node BLOB PRIMARY KEY,
    name_text TEXT NOT NULL,
    internal_ip_text TEXT NOT NULL,
    public_ip_text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Which events may hold a keyword in the texts of policy and image: every three characters.
CREATE VIRTUAL TABLE search USING fts5 (
    text, tokenize = 'trigram case_sensitive 1', content = '', contentless_delete = 1, detail = none
);

-- Time and id of every record that is accepted a second time without being counted.
CREATE TABLE seen (id BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Sums over events, expired or not.
CREATE TABLE day_counts (
    day TEXT NOT NULL,
    action INTEGER NOT NULL,
    count INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    PRIMARY KEY (day, action)
) STRICT, WITHOUT ROWID;

-- What was imported of the rows of other stores.
CREATE TABLE imported (
    key BLOB NOT NULL,
    store TEXT NOT NULL,
    change INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (key, store)
) STRICT, WITHOUT ROWID;
