-- Ids of records, nodes of events, and the index for substrings are kept in packed pieces: a statement then does
-- for hundreds of them what it did for one. What version 1 has is moved by src/sqlite/migrate.rs.

-- In meta: event: the greatest id that an event was given; ids are not given again. indexed: the texts of the
-- events up to this are in `grams`, those after it are few and are read.

ALTER TABLE seen RENAME TO seen_1;
ALTER TABLE nodes RENAME TO nodes_1;
ALTER TABLE event_nodes RENAME TO event_nodes_1;
DROP TABLE search;

-- Time and id of every record that is accepted a second time without being counted: 25 bytes each, ascending, in
-- pieces. `first` is the first of a piece.
CREATE TABLE seen (piece INTEGER PRIMARY KEY, first BLOB NOT NULL UNIQUE, ids BLOB NOT NULL) STRICT;

-- Each node once.
CREATE TABLE nodes (
    id INTEGER PRIMARY KEY,
    node BLOB NOT NULL UNIQUE,
    name_text TEXT NOT NULL,
    internal_ip_text TEXT NOT NULL,
    public_ip_text TEXT NOT NULL
) STRICT;

-- The nodes of an event in the order of their names: 4 bytes each.
CREATE TABLE event_nodes (event INTEGER PRIMARY KEY, nodes BLOB NOT NULL) STRICT;

-- Lists of events, see src/sqlite/postings.rs; a bucket is 16,384 ids of events. They may hold events that do not
-- match any more, or are gone.
-- Which events are on a node.
CREATE TABLE node_events (
    node INTEGER NOT NULL, bucket INTEGER NOT NULL, events BLOB NOT NULL, PRIMARY KEY (node, bucket)
) STRICT, WITHOUT ROWID;
-- Which events have three characters next to each other in the texts of policy and image.
CREATE TABLE grams (
    bucket INTEGER NOT NULL, gram INTEGER NOT NULL, events BLOB NOT NULL, PRIMARY KEY (bucket, gram)
) STRICT, WITHOUT ROWID;
