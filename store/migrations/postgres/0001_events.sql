-- Times are 9 bytes that compare as instants, keys and ids 16 bytes, nodes tuples that compare as Rust's: see
-- src/encode.rs. Texts for searching are folded: see SearchField::fold. Days are `YYYY-MM-DD`; a table that is
-- partitioned has a partition a day, made by the first who writes to that day, and dropped when all of it is expired.

-- version: of this schema. store: id of the store. horizon: what is not later than this is neither accepted nor kept
-- (hex). maintained: when it was maintained (hex).
CREATE TABLE imagegate_meta (name TEXT PRIMARY KEY, value TEXT);

-- Who writes holds the advisory lock (0x494D4745, hash of the schema) shared until the end of the transaction, so that whoever holds it alone knows
-- that no change number up to the last is still to come.
CREATE SEQUENCE imagegate_change;

CREATE TABLE imagegate_events (
    day TEXT COLLATE "C" NOT NULL,
    key BYTEA NOT NULL,
    event_type INTEGER NOT NULL,
    action INTEGER NOT NULL,
    modes INTEGER NOT NULL,
    count BIGINT NOT NULL,
    first BYTEA NOT NULL,
    latest BYTEA NOT NULL,
    -- Id of the last record, and the record.
    last BYTEA NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    nodes BIGINT NOT NULL,
    change BIGINT NOT NULL,
    -- How often the row was changed.
    revision BIGINT NOT NULL DEFAULT 0,
    policy_text TEXT COLLATE "C" NOT NULL,
    image_name_text TEXT COLLATE "C" NOT NULL,
    image_id_text TEXT COLLATE "C" NOT NULL,
    -- The three, a line each.
    search_text TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (day, key)
) PARTITION BY LIST (day);

CREATE INDEX imagegate_events_key ON imagegate_events (key);
CREATE INDEX imagegate_events_latest ON imagegate_events (latest, key);
CREATE INDEX imagegate_events_count ON imagegate_events (count, latest, key);
CREATE INDEX imagegate_events_change ON imagegate_events (change);
-- Few rows are not simply enforced.
CREATE INDEX imagegate_events_mode ON imagegate_events (latest, key) WHERE modes <> 1;

CREATE TABLE imagegate_event_nodes (
    day TEXT COLLATE "C" NOT NULL,
    key BYTEA NOT NULL,
    node BYTEA NOT NULL,
    PRIMARY KEY (day, key, node)
) PARTITION BY LIST (day);
CREATE INDEX imagegate_event_nodes_node ON imagegate_event_nodes (node);

-- Each node once, for searching: they are few.
CREATE TABLE imagegate_nodes (
    node BYTEA PRIMARY KEY,
    name_text TEXT COLLATE "C" NOT NULL,
    internal_ip_text TEXT COLLATE "C" NOT NULL,
    public_ip_text TEXT COLLATE "C" NOT NULL
);

-- Time and id of every record that is accepted a second time without being counted, by the day in UTC.
CREATE TABLE imagegate_seen (
    day TEXT COLLATE "C" NOT NULL,
    id BYTEA NOT NULL,
    PRIMARY KEY (day, id)
) PARTITION BY LIST (day);

-- Sums over events, expired or not. Writers add to different shares, so that they need not wait for each other.
CREATE TABLE imagegate_day_counts (
    day TEXT COLLATE "C" NOT NULL,
    action INTEGER NOT NULL,
    share INTEGER NOT NULL,
    count BIGINT NOT NULL,
    rows BIGINT NOT NULL,
    PRIMARY KEY (day, action, share)
);

-- What was imported of the rows of other stores.
CREATE TABLE imagegate_imported (
    day TEXT COLLATE "C" NOT NULL,
    key BYTEA NOT NULL,
    store TEXT COLLATE "C" NOT NULL,
    change BIGINT NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (day, key, store)
);
