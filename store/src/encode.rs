//! Values as databases hold them: bytes that compare as the values do.

use imagegate::{Action, EventMode, EventRecord, EventType, Node, RecordId, Timestamp};
use std::collections::BTreeSet;

/// Seconds from [`Timestamp::MIN`], 5 bytes, and nanoseconds, 4 bytes; the greater first.
pub(crate) fn time(at: Timestamp) -> [u8; 9] {
    let seconds = at.unix_seconds().saturating_sub(Timestamp::MIN.unix_seconds()).unsigned_abs();
    let [_, _, _, s1, s2, s3, s4, s5] = seconds.to_be_bytes();
    let [n1, n2, n3, n4] = at.subsecond_nanoseconds().to_be_bytes();
    [s1, s2, s3, s4, s5, n1, n2, n3, n4]
}

/// The instant of its bytes; `None` if they are none.
pub(crate) fn read_time(bytes: &[u8]) -> Option<Timestamp> {
    let [s1, s2, s3, s4, s5, n1, n2, n3, n4] = *<&[u8; 9]>::try_from(bytes).ok()?;
    let seconds = i64::from_be_bytes([0, 0, 0, s1, s2, s3, s4, s5]);
    let seconds = seconds.checked_add(Timestamp::MIN.unix_seconds())?;
    Timestamp::from_unix(seconds, u32::from_be_bytes([n1, n2, n3, n4])).ok()
}

/// The time and id of a record: new records come last in the index of what was seen, old ones first.
pub(crate) fn seen(at: Timestamp, id: RecordId) -> [u8; 25] {
    concat(time(at), *id.as_bytes())
}

/// The greatest value of [`seen`] at an instant.
pub(crate) fn last_seen_at(at: Timestamp) -> [u8; 25] {
    concat(time(at), [0xFF; 16])
}

/// The time of what was seen.
pub(crate) fn time_of(seen: &[u8; 25]) -> [u8; 9] {
    let [time @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = *seen;
    time
}

/// The number of the day in UTC of what was seen, from [`Timestamp::MIN`].
#[cfg(feature = "postgres")]
pub(crate) fn day_number(seen: &[u8; 25]) -> u64 {
    let [s1, s2, s3, s4, s5, ..] = *seen;
    u64::from_be_bytes([0, 0, 0, s1, s2, s3, s4, s5]) / 86_400
}

/// The day of its number, `YYYY-MM-DD`.
#[cfg(feature = "postgres")]
pub(crate) fn utc_day(number: u64) -> String {
    let seconds = i64::try_from(number.saturating_mul(86_400)).unwrap_or(i64::MAX);
    let at = Timestamp::from_unix(seconds.saturating_add(Timestamp::MIN.unix_seconds()), 0);
    at.unwrap_or(Timestamp::MAX).to_string().chars().take(10).collect()
}

fn concat(time: [u8; 9], id: [u8; 16]) -> [u8; 25] {
    let mut bytes = [0; 25];
    for (slot, byte) in bytes.iter_mut().zip(time.into_iter().chain(id)) {
        *slot = byte;
    }
    bytes
}

/// A node as a tuple that compares as [`Node`] does: an absent part is 1; a part that is there is 2, the text with
/// each 0 followed by 255, and 0.
pub(crate) fn node(node: &Node) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(64);
    for part in [&node.name, &node.internal_ip, &node.public_ip, &node.cluster] {
        match part {
            None => bytes.push(1),
            Some(text) => {
                bytes.push(2);
                for byte in text.bytes() {
                    bytes.push(byte);
                    if byte == 0 {
                        bytes.push(0xFF);
                    }
                }
                bytes.push(0);
            }
        }
    }
    bytes
}

pub(crate) fn read_node(bytes: &[u8]) -> Option<Node> {
    let mut bytes = bytes.iter().copied().peekable();
    let mut part = || -> Option<Option<String>> {
        match bytes.next()? {
            1 => Some(None),
            2 => {
                let mut text = Vec::new();
                loop {
                    match bytes.next()? {
                        0 if bytes.next_if_eq(&0xFF).is_none() => break,
                        byte => text.push(byte),
                    }
                }
                String::from_utf8(text).ok().map(Some)
            }
            _ => None,
        }
    };
    Some(Node { name: part()?, internal_ip: part()?, public_ip: part()?, cluster: part()? })
}

pub(crate) const fn action(action: Action) -> i32 {
    match action {
        Action::Intercept => 0,
        Action::Alarm => 1,
        Action::Allow => 2,
    }
}

pub(crate) const fn read_action(number: i32) -> Option<Action> {
    match number {
        0 => Some(Action::Intercept),
        1 => Some(Action::Alarm),
        _ => None,
    }
}

pub(crate) const fn event_type(event_type: EventType) -> i32 {
    match event_type {
        EventType::RiskyImage => 0,
        EventType::PrivilegedImage => 1,
        EventType::UnscannedImage => 2,
    }
}

/// One bit a mode; [`EventMode::Enforced`] is 1.
pub(crate) const fn mode(mode: EventMode) -> i32 {
    match mode {
        EventMode::Enforced => 1,
        EventMode::BreakGlass => 2,
        EventMode::FailedOpen => 4,
    }
}

pub(crate) fn modes(modes: &BTreeSet<EventMode>) -> i32 {
    modes.iter().fold(0, |bits, one| bits | mode(*one))
}

pub(crate) fn read_modes(bits: i32) -> BTreeSet<EventMode> {
    EventMode::ALL.into_iter().filter(|one| bits & mode(*one) != 0).collect()
}

/// A count as databases hold it.
pub(crate) fn count(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(crate) fn read_count(count: i64) -> u64 {
    count.max(0).unsigned_abs()
}

/// Reads the last record of a row as it was written.
pub(crate) fn read_record(document: &str) -> Option<EventRecord> {
    EventRecord::parse(document.as_bytes()).ok()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::arithmetic_side_effects, reason = "a test may panic")]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_part() -> impl Strategy<Value = Option<String>> {
        prop_oneof![Just(None), "[\u{0}\u{1}\u{2}ab\u{ff}]{0,3}".prop_map(Some)]
    }

    prop_compose! {
        fn any_node()(name in any_part(), internal_ip in any_part(), public_ip in any_part(), cluster in any_part())
            -> Node
        {
            Node { name, internal_ip, public_ip, cluster }
        }
    }

    proptest! {
        #[test]
        fn nodes_compare_and_read_back(left in any_node(), right in any_node()) {
            prop_assert_eq!(node(&left).cmp(&node(&right)), left.cmp(&right));
            prop_assert_eq!(read_node(&node(&left)), Some(left));
        }

        #[test]
        fn times_compare_and_read_back(
            (left, right) in (any::<(i64, u32)>(), any::<(i64, u32)>())
        ) {
            let at = |(seconds, nanoseconds): (i64, u32)| {
                let range = Timestamp::MAX.unix_seconds() - Timestamp::MIN.unix_seconds() + 1;
                let seconds = seconds.rem_euclid(range) + Timestamp::MIN.unix_seconds();
                Timestamp::from_unix(seconds, nanoseconds % 1_000_000_000).unwrap()
            };
            let (left, right) = (at(left), at(right));
            prop_assert_eq!(time(left).cmp(&time(right)), left.cmp(&right));
            prop_assert_eq!(read_time(&time(left)), Some(left));
        }
    }

    #[test]
    fn what_is_no_value_is_told() {
        assert_eq!(read_time(&[0xFF; 9]), None);
        assert_eq!(read_time(&[0; 8]), None);
        assert_eq!(read_node(&[2, b'a']), None);
        assert_eq!(read_node(&[3]), None);
    }
}
