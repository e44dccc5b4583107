-- Events are in one table: planning and opening a partition and its indexes for each of 180 days took most of the time
-- of every question. Ids of records, of which there are far more, stay partitioned by day. The nodes of an event are an
-- array in its row.

CREATE TABLE imagegate_nodes_new (
    id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node BYTEA NOT NULL UNIQUE,
    name_text TEXT COLLATE "C" NOT NULL,
    internal_ip_text TEXT COLLATE "C" NOT NULL,
    public_ip_text TEXT COLLATE "C" NOT NULL
);
INSERT INTO imagegate_nodes_new (node, name_text, internal_ip_text, public_ip_text)
SELECT node, name_text, internal_ip_text, public_ip_text FROM imagegate_nodes;

CREATE TABLE imagegate_events_new (
    key BYTEA PRIMARY KEY,
    day TEXT COLLATE "C" NOT NULL,
    event_type INTEGER NOT NULL,
    action INTEGER NOT NULL,
    modes INTEGER NOT NULL,
    count BIGINT NOT NULL,
    first BYTEA NOT NULL,
    latest BYTEA NOT NULL,
    -- Id of the last record, and the record.
    last BYTEA NOT NULL,
    document TEXT COLLATE "C" NOT NULL,
    -- Ids of imagegate_nodes, each once.
    nodes INTEGER[] NOT NULL,
    change BIGINT NOT NULL,
    -- How often the row was changed.
    revision BIGINT NOT NULL DEFAULT 0,
    policy_text TEXT COLLATE "C" NOT NULL,
    image_name_text TEXT COLLATE "C" NOT NULL,
    image_id_text TEXT COLLATE "C" NOT NULL,
    -- The three, a line each.
    search_text TEXT COLLATE "C" NOT NULL
);
INSERT INTO imagegate_events_new
SELECT key, day, event_type, action, modes, count, first, latest, last, document,
       ARRAY(SELECT n.id FROM imagegate_event_nodes AS of JOIN imagegate_nodes_new AS n USING (node)
             WHERE of.day = e.day AND of.key = e.key ORDER BY n.id),
       change, revision, policy_text, image_name_text, image_id_text, search_text
FROM imagegate_events AS e;

DROP TABLE imagegate_events;
DROP TABLE imagegate_event_nodes;
DROP TABLE imagegate_nodes;
ALTER TABLE imagegate_events_new RENAME TO imagegate_events;
ALTER TABLE imagegate_nodes_new RENAME TO imagegate_nodes;

CREATE INDEX imagegate_events_day ON imagegate_events (day);
CREATE INDEX imagegate_events_latest ON imagegate_events (latest, key);
CREATE INDEX imagegate_events_count ON imagegate_events (count, latest, key);
CREATE INDEX imagegate_events_change ON imagegate_events (change);
-- Few rows are not simply enforced.
CREATE INDEX imagegate_events_mode ON imagegate_events (latest, key) WHERE modes <> 1;
-- In KiB: late, since writers do earlier what the index puts off.
CREATE INDEX imagegate_events_node ON imagegate_events USING gin (nodes) WITH (gin_pending_list_limit = 8192);
ANALYZE imagegate_events;
