//! Lists of events, packed: a byte for most of them.
//!
//! A list is of one bucket of ids and consists of runs. A run is a zero, the first event, and the distances to those
//! that follow, ascending; numbers are in groups of seven bits, the least first. A list grows by runs.

use super::{Failed, Result};
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};

/// Bits of an id within its bucket.
const BITS: u32 = 14;
const MASK: i64 = (1 << BITS) - 1;

/// The bucket of an event.
pub(super) const fn bucket(event: i64) -> i64 {
    event >> BITS
}

/// The first event that a bucket can have.
pub(super) const fn first_of(bucket: i64) -> i64 {
    bucket << BITS
}

/// Lists that are being made, by bucket and key.
pub(super) struct Postings<K, S> {
    lists: HashMap<(i64, K), List, S>,
}

#[derive(Default)]
struct List {
    last: Option<u16>,
    bytes: Vec<u8>,
}

impl<K: Copy + Eq + Hash + Ord, S: BuildHasher + Default> Postings<K, S> {
    pub(super) fn new() -> Self {
        Self { lists: HashMap::default() }
    }

    pub(super) fn push(&mut self, key: K, event: i64) {
        let place = u16::try_from(event & MASK).unwrap_or_default();
        let list = self.lists.entry((bucket(event), key)).or_default();
        let number = match list.last {
            Some(last) if last == place => return,
            Some(last) if last < place => place.wrapping_sub(last),
            _ => {
                list.bytes.push(0);
                place
            }
        };
        push_number(number, &mut list.bytes);
        list.last = Some(place);
    }

    /// The lists by bucket and key.
    pub(super) fn sorted(&self) -> Vec<(i64, K, &[u8])> {
        let lists = self.lists.iter().map(|((bucket, key), list)| (*bucket, *key, list.bytes.as_slice()));
        let mut lists: Vec<_> = lists.collect();
        lists.sort_unstable_by_key(|(bucket, key, _)| (*bucket, *key));
        lists
    }
}

fn push_number(mut number: u16, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// The events of a list, ascending.
pub(super) fn read(bucket: i64, list: &[u8]) -> Result<Vec<i64>> {
    let start = first_of(bucket);
    let mut events: Vec<i64> = Vec::with_capacity(list.len());
    let (mut bytes, mut place, mut is_sorted) = (list.iter(), 0_i64, true);
    while let Some(number) = next_number(&mut bytes)? {
        place = match number {
            0 => {
                let first = next_number(&mut bytes)?.ok_or(Failed::Corrupt("a list of events"))?;
                is_sorted &= events.is_empty() || first > place;
                first
            }
            distance => place.saturating_add(distance),
        };
        events.push(start.saturating_add(place));
    }
    if !is_sorted {
        events.sort_unstable();
        events.dedup();
    }
    Ok(events)
}

fn next_number(bytes: &mut std::slice::Iter<'_, u8>) -> Result<Option<i64>> {
    let (mut number, mut shift) = (0_i64, 0_u32);
    for byte in bytes {
        number |= i64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Ok(Some(number));
        }
        shift = shift.saturating_add(7);
        if shift > BITS {
            break;
        }
    }
    // An end is one only between numbers.
    if shift == 0 { Ok(None) } else { Err(Failed::Corrupt("a list of events")) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use std::hash::RandomState;

    fn read_all(postings: &Postings<u8, RandomState>) -> Vec<i64> {
        let lists = postings.sorted();
        lists.iter().flat_map(|(bucket, _, list)| read(*bucket, list).ok().unwrap()).collect()
    }

    #[test]
    fn a_list_holds_what_was_pushed() {
        let mut postings = Postings::new();
        let events = [1, 2, 2, 200, 16_383, 16_384, 40_000, 3, 3, 5, 40_001, 1];
        events.into_iter().for_each(|event| postings.push(7, event));
        assert_eq!(read_all(&postings), [1, 2, 3, 5, 200, 16_383, 16_384, 40_000, 40_001]);
        assert_eq!(postings.sorted().len(), 3);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for wrong in [&[0][..], &[0, 0x80], &[0, 1, 0x80], &[0, 0x80, 0x80, 0x80, 1]] {
            assert!(read(0, wrong).is_err(), "{wrong:?}");
        }
        assert!(read(0, &[]).is_ok_and(|events| events.is_empty()));
    }
}
