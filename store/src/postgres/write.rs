//! Writing batches: whole columns at a time, in the order of their keys, so that no two writers wait for each other.

use super::{ALONE, AS_WRITER, Failed, Result, pending};
use crate::addition::{Addition, Additions};
use crate::backend::ForeignRow;
use crate::batch::{self, Counts, EventBatch, Recorded};
use crate::encode;
use ::postgres::Transaction;
use imagegate::{EventRow, Node, SearchField, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Ids that are sent in one statement.
const SEEN: usize = 20_000;
/// Rows that are sent in one statement.
const ROWS: usize = 2_000;
/// Shares of the sums of a day.
const SHARES: i32 = 16;

/// What a transaction wrote.
pub(super) struct Written {
    pub(super) recorded: Recorded,
    /// Whether it is its turn to do what the indexes have put off.
    pub(super) is_due: bool,
}

pub(super) fn batch(transaction: &mut Transaction<'_>, batch: &EventBatch) -> Result<Written> {
    let horizon = begin(transaction)?;
    let sorted = batch.sorted();
    let accepted = batch::accepted(&sorted, horizon);
    let (mut counts, mut number) = (Counts::new(batch), 0_u64);
    for chunk in accepted.chunks(SEEN) {
        let numbers: Vec<u64> = chunk.iter().map(|entry| encode::day_number(&entry.seen)).collect();
        let distinct: BTreeSet<u64> = numbers.iter().copied().collect();
        let texts: BTreeMap<u64, String> =
            distinct.into_iter().map(|day| (day, encode::utc_day(day))).collect();
        let days: Vec<&str> = numbers.iter().filter_map(|day| texts.get(day)).map(String::as_str).collect();
        let ids: Vec<&[u8]> = chunk.iter().map(|entry| entry.seen.as_slice()).collect();
        let new = transaction.query(
            "INSERT INTO imagegate_seen SELECT * FROM unnest($1::text[], $2::bytea[])
             ON CONFLICT DO NOTHING RETURNING id",
            &[&days, &ids],
        )?;
        for row in &new {
            let id: &[u8] = row.get(0);
            // Ids that come twice in a batch are of one row.
            let at = chunk.partition_point(|entry| entry.seen.as_slice() < id);
            if let Some(entry) = chunk.get(at) {
                counts.add(entry);
            }
        }
        number = number.saturating_add(new.len() as u64);
    }
    let additions = batch.additions(accepted, &counts);
    let is_due = fold(transaction, &additions)?;
    let recorded = Recorded {
        new: number,
        repeated: (accepted.len() as u64).saturating_sub(number),
        expired: sorted.len().saturating_sub(accepted.len()) as u64,
    };
    Ok(Written { recorded, is_due })
}

pub(super) fn import(transaction: &mut Transaction<'_>, rows: &[ForeignRow]) -> Result<Written> {
    // Nobody else imports meanwhile: it is decided here what is new.
    transaction.execute(ALONE, &[])?;
    let horizon = begin(transaction)?;
    let mut recorded = Recorded::default();
    let is_expired = |row: &EventRow| horizon.is_some_and(|horizon| row.latest_at() <= horizon);
    let mut folded: BTreeMap<[u8; 16], EventRow> = BTreeMap::new();
    for ForeignRow { store, change, row } in rows {
        if is_expired(row) {
            recorded.expired = recorded.expired.saturating_add(1);
            continue;
        }
        let (day, key) = (row.last.day().to_owned(), row.aggregation_key().to_bytes());
        let known = transaction.query_opt(
            "SELECT change, count FROM imagegate_imported WHERE day = $1 AND key = $2 AND store = $3",
            &[&day, &key.as_slice(), store],
        )?;
        let (change, count) = (encode::count(*change), encode::count(row.count));
        let before = match known {
            Some(known) if known.get::<_, i64>(0) >= change => {
                recorded.repeated = recorded.repeated.saturating_add(1);
                continue;
            }
            Some(known) => encode::read_count(known.get(1)),
            None => 0,
        };
        transaction.execute(
            "INSERT INTO imagegate_imported VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (day, key, store) DO UPDATE SET change = excluded.change, count = excluded.count",
            &[&day, &key.as_slice(), store, &change, &count],
        )?;
        recorded.new = recorded.new.saturating_add(1);
        let new = EventRow { count: row.count.saturating_sub(before), ..row.clone() };
        folded.entry(key).and_modify(|row| row.join(&new)).or_insert(new);
    }
    let folded: Vec<(&EventRow, u64)> = folded.values().map(|row| (row, row.count)).collect();
    let is_due = fold(transaction, &Additions::of(&folded))?;
    Ok(Written { recorded, is_due })
}

/// From here to the end of the transaction no change number is missed, and the horizon stays where it is.
fn begin(transaction: &mut Transaction<'_>) -> Result<Option<Timestamp>> {
    transaction.execute(AS_WRITER, &[])?;
    let sql = "SELECT value FROM imagegate_meta WHERE name = 'horizon' FOR SHARE";
    let row = transaction.query_opt(sql, &[])?;
    let text: Option<String> = row.and_then(|row| row.get(0));
    text.map(|text| Timestamp::parse(&text).map_err(|_| Failed::Corrupt("a time"))).transpose()
}

/// Adds rows' counts and everything else they say; tells whether [`pending::settle`] is due.
fn fold(transaction: &mut Transaction<'_>, additions: &Additions<'_>) -> Result<bool> {
    let mut sorted: Vec<&Addition<'_>> = additions.rows.iter().collect();
    sorted.sort_by(|left, right| place(left).cmp(&place(right)));
    let kept = without_gone(transaction, &sorted)?;
    let nodes = nodes(transaction, &additions.nodes)?;
    let (mut new_rows, mut is_due) = (HashMap::new(), false);
    for chunk in kept.chunks(ROWS) {
        for changed in upsert(transaction, chunk, &nodes)? {
            new_rows.insert(changed.key, changed.is_new);
            is_due |= pending::is_turn(changed.change);
        }
    }
    add_to_days(transaction, &kept, &new_rows)?;
    Ok(is_due)
}

fn place<'a>(row: &Addition<'a>) -> (&'a str, [u8; 16]) {
    (row.last.day(), row.last.aggregation_key().to_bytes())
}

/// Without rows of which nothing counts and that are not there: their records were seen, their event was purged.
fn without_gone<'r, 'a>(
    transaction: &mut Transaction<'_>,
    rows: &[&'r Addition<'a>],
) -> Result<Vec<&'r Addition<'a>>> {
    let empty: Vec<&Addition<'_>> = rows.iter().copied().filter(|row| row.count == 0).collect();
    if empty.is_empty() {
        return Ok(rows.to_vec());
    }
    let keys: Vec<Vec<u8>> = empty.iter().map(|row| key(row)).collect();
    let found =
        transaction.query("SELECT key FROM imagegate_events WHERE key = ANY ($1::bytea[])", &[&keys])?;
    let found: BTreeSet<Vec<u8>> = found.iter().map(|row| row.get(0)).collect();
    let is_kept = |row: &&Addition<'_>| row.count > 0 || found.contains(&key(row));
    Ok(rows.iter().copied().filter(|row| is_kept(row)).collect())
}

fn key(row: &Addition<'_>) -> Vec<u8> {
    row.last.aggregation_key().to_bytes().to_vec()
}

/// The ids of the nodes that rows name, in their order; nodes that are new get one.
fn nodes(transaction: &mut Transaction<'_>, nodes: &[&Node]) -> Result<Vec<i32>> {
    if nodes.is_empty() {
        return Ok(Vec::new());
    }
    let bytes: Vec<Vec<u8>> = nodes.iter().map(|node| encode::node(node)).collect();
    let find = "SELECT node, id FROM imagegate_nodes WHERE node = ANY ($1::bytea[])";
    let mut known: HashMap<Vec<u8>, i32> = HashMap::new();
    known.extend(transaction.query(find, &[&bytes])?.iter().map(|row| (row.get(0), row.get(1))));
    if known.len() < nodes.len() {
        let new: Vec<(&Node, &Vec<u8>)> =
            nodes.iter().copied().zip(&bytes).filter(|(_, bytes)| !known.contains_key(*bytes)).collect();
        let texts = |part: fn(&Node) -> &Option<String>| -> Vec<String> {
            new.iter().map(|(node, _)| SearchField::fold(part(node).as_deref().unwrap_or_default())).collect()
        };
        let bytes: Vec<&Vec<u8>> = new.iter().map(|(_, bytes)| *bytes).collect();
        transaction.execute(
            "INSERT INTO imagegate_nodes (node, name_text, internal_ip_text, public_ip_text)
             SELECT * FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING",
            &[
                &bytes,
                &texts(|node| &node.name),
                &texts(|node| &node.internal_ip),
                &texts(|node| &node.public_ip),
            ],
        )?;
        // What another has inserted meanwhile is seen by a statement of its own.
        known.extend(transaction.query(find, &[&bytes])?.iter().map(|row| (row.get(0), row.get(1))));
    }
    bytes.iter().map(|bytes| known.get(bytes).copied().ok_or(Failed::Corrupt("a node"))).collect()
}

/// What of another row comes last goes into the columns of the last record.
const UPSERT: &str = "
INSERT INTO imagegate_events AS mine (day, key, event_type, action, modes, count, first, latest, last, document,
                                      policy_text, image_name_text, image_id_text, search_text, nodes, change)
SELECT day, key, event_type, action, modes, count, first, latest, last, document, policy_text, image_name_text,
       image_id_text, concat_ws(E'\\n', policy_text, image_name_text, image_id_text), nodes::int[],
       nextval('imagegate_change')
FROM unnest($1::text[], $2::bytea[], $3::int[], $4::int[], $5::int[], $6::bigint[], $7::bytea[], $8::bytea[],
            $9::bytea[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[])
     AS rows (day, key, event_type, action, modes, count, first, latest, last, document, policy_text, image_name_text,
              image_id_text, nodes)
ON CONFLICT (key) DO UPDATE SET
    modes = mine.modes | excluded.modes,
    count = mine.count + excluded.count,
    nodes = CASE WHEN mine.nodes @> excluded.nodes THEN mine.nodes
                 ELSE ARRAY(SELECT unnest(mine.nodes) UNION SELECT unnest(excluded.nodes)) END,
    first = LEAST(mine.first, excluded.first),
    change = excluded.change,
    revision = mine.revision + 1,
    (latest, last, document, policy_text, image_name_text, image_id_text, search_text) = (
        SELECT CASE WHEN newer THEN excluded.latest ELSE mine.latest END,
               CASE WHEN newer THEN excluded.last ELSE mine.last END,
               CASE WHEN newer THEN excluded.document ELSE mine.document END,
               CASE WHEN newer THEN excluded.policy_text ELSE mine.policy_text END,
               CASE WHEN newer THEN excluded.image_name_text ELSE mine.image_name_text END,
               CASE WHEN newer THEN excluded.image_id_text ELSE mine.image_id_text END,
               CASE WHEN newer THEN excluded.search_text ELSE mine.search_text END
        FROM (SELECT (excluded.latest, excluded.last, excluded.document) > (mine.latest, mine.last, mine.document)
              AS newer) AS compared
    )
WHERE excluded.count > 0 OR NOT mine.nodes @> excluded.nodes OR excluded.first < mine.first
   OR mine.modes | excluded.modes <> mine.modes
   OR (excluded.latest, excluded.last, excluded.document) > (mine.latest, mine.last, mine.document)
RETURNING key, revision = 0, change";

/// A row that was written.
struct Changed {
    key: [u8; 16],
    is_new: bool,
    change: i64,
}

/// Writes rows, and says which of them changed.
fn upsert(transaction: &mut Transaction<'_>, rows: &[&Addition<'_>], nodes: &[i32]) -> Result<Vec<Changed>> {
    let days: Vec<&str> = rows.iter().map(|row| row.last.day()).collect();
    let keys: Vec<Vec<u8>> = rows.iter().map(|row| key(row)).collect();
    let types: Vec<i32> = rows.iter().map(|row| encode::event_type(row.last.event_type())).collect();
    let actions: Vec<i32> = rows.iter().map(|row| encode::action(row.last.action())).collect();
    let modes: Vec<i32> = rows.iter().map(|row| row.modes).collect();
    let counts: Vec<i64> = rows.iter().map(|row| encode::count(row.count)).collect();
    let firsts: Vec<Vec<u8>> = rows.iter().map(|row| row.first.to_vec()).collect();
    let latests: Vec<Vec<u8>> = rows.iter().map(|row| encode::time(row.last.decided_at()).to_vec()).collect();
    let lasts: Vec<Vec<u8>> = rows.iter().map(|row| row.last.id().as_bytes().to_vec()).collect();
    let documents: Vec<String> = rows.iter().map(|row| row.last.to_json()).collect();
    // Arrays of arrays have one length: they are sent as texts.
    let nodes: Vec<String> = rows.iter().map(|row| array(row, nodes)).collect();
    let texts =
        |field: SearchField| -> Vec<String> { rows.iter().map(|row| field.text_of(row.last)).collect() };
    let (policies, names, ids) =
        (texts(SearchField::Policy), texts(SearchField::ImageName), texts(SearchField::ImageId));
    let statement = transaction.prepare(UPSERT)?;
    let found = transaction.query(
        &statement,
        &[
            &days, &keys, &types, &actions, &modes, &counts, &firsts, &latests, &lasts, &documents,
            &policies, &names, &ids, &nodes,
        ],
    )?;
    found
        .iter()
        .map(|row| {
            let key: &[u8] = row.get(0);
            let key = key.try_into().map_err(|_| Failed::Corrupt("a key"))?;
            Ok(Changed { key, is_new: row.get(1), change: row.get(2) })
        })
        .collect()
}

/// The ids of a row's nodes as PostgreSQL writes an array.
fn array(row: &Addition<'_>, nodes: &[i32]) -> String {
    let numbers = row.nodes.iter().filter_map(|place| nodes.get(*place as usize));
    format!("{{{}}}", numbers.map(i32::to_string).collect::<Vec<_>>().join(","))
}

fn add_to_days(
    transaction: &mut Transaction<'_>,
    rows: &[&Addition<'_>],
    new_rows: &HashMap<[u8; 16], bool>,
) -> Result<()> {
    let mut days: BTreeMap<(&str, i32), (u64, i64)> = BTreeMap::new();
    for row in rows {
        let (count, number) = days.entry((row.last.day(), encode::action(row.last.action()))).or_default();
        *count = count.saturating_add(row.count);
        let is_new = new_rows.get(&row.last.aggregation_key().to_bytes()).copied().unwrap_or_default();
        *number = number.saturating_add(is_new.into());
    }
    for ((day, action), (count, rows)) in days {
        transaction.execute(
            "INSERT INTO imagegate_day_counts AS mine VALUES ($1, $2, pg_backend_pid() % $3, $4, $5)
             ON CONFLICT (day, action, share) DO UPDATE
             SET count = mine.count + excluded.count, rows = mine.rows + excluded.rows",
            &[&day, &action, &SHARES, &encode::count(count), &rows],
        )?;
    }
    Ok(())
}
