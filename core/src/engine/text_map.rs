//! From a text to the rules that name it. One table, one text and one list of links, so that a set of policies loads
//! with few allocations; and a bitmap in front, so that most look-ups end in a cache line that is already there.

use crate::text_hash;

/// A map from texts to rule numbers; either exact or without regard to ASCII case.
#[derive(Clone, Debug)]
pub(super) struct TextMap {
    ignore_case: bool,
    /// A bit for each hash that is in the table, by its high bits; a power of two of bits.
    bitmap: Box<[u64]>,
    /// Open addressing, at most half full; a power of two.
    slots: Box<[Slot]>,
    /// All keys, one after the other.
    texts: String,
    links: Vec<Link>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The upper half of the hash; the place of the slot follows from the lower.
    tag: u32,
    /// The first link; [`NONE`] is an empty slot.
    first: u32,
}

#[derive(Clone, Copy, Debug)]
struct Link {
    rule: u32,
    /// The next of the same key.
    next: u32,
    /// Where the key is in `texts`.
    start: u32,
    length: u32,
}

/// A bit for each hash in a table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bitmap<'m> {
    words: &'m [u64],
    mask: usize,
}

impl Bitmap<'_> {
    /// Whether the hash could be in the table; `false` is certain.
    pub(super) fn may_contain(self, hash: u64) -> bool {
        let (word, bit) = self.bit(hash);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    fn bit(self, hash: u64) -> (usize, u64) {
        ((hash >> 32) as usize & self.mask, 1 << (hash & 63))
    }
}

fn tag(hash: u64) -> u32 {
    (hash >> 32) as u32
}

const NONE: u32 = u32::MAX;
const EMPTY: Slot = Slot { tag: 0, first: NONE };

impl TextMap {
    /// A map from each text to its rules.
    pub(super) fn of<'t>(ignore_case: bool, entries: impl Iterator<Item = (&'t str, u32)> + Clone) -> Self {
        let (mut keys, mut bytes) = (0_usize, 0_usize);
        for (text, _) in entries.clone() {
            keys = keys.saturating_add(1);
            bytes = bytes.saturating_add(text.len());
        }
        let mut map = Self::new(ignore_case, keys, bytes);
        entries.for_each(|(text, rule)| map.insert(text, rule));
        map
    }

    /// A map for at most `keys` texts of together `bytes`.
    pub(super) fn new(ignore_case: bool, keys: usize, bytes: usize) -> Self {
        let slots = if keys == 0 { 0 } else { keys.saturating_mul(2).next_power_of_two() };
        // Sixteen bits a slot leave one look-up in thirty to the table, or fewer.
        let words = slots.div_ceil(4);
        Self {
            ignore_case,
            bitmap: vec![0; words].into_boxed_slice(),
            slots: vec![EMPTY; slots].into_boxed_slice(),
            texts: String::with_capacity(bytes),
            links: Vec::with_capacity(keys),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.links.is_empty()
    }

    pub(super) fn hash(&self, text: &str) -> u64 {
        if self.ignore_case { text_hash::ignoring_case(text) } else { text_hash::exact(text) }
    }

    pub(super) fn insert(&mut self, text: &str, rule: u32) {
        let hash = self.hash(text);
        let Some(at) = self.find_slot(hash, |slot| self.is_key(slot, text)) else { return };
        let link = u32::try_from(self.links.len()).unwrap_or(NONE);
        let (word, bit) = self.bitmap().bit(hash);
        if let Some(word) = self.bitmap.get_mut(word) {
            *word |= bit;
        }
        let Some(slot) = self.slots.get_mut(at) else { return };
        let next = slot.first;
        let (start, length) = match self.links.get(next as usize) {
            Some(same) => (same.start, same.length),
            None => {
                let start = u32::try_from(self.texts.len()).unwrap_or(NONE);
                self.texts.push_str(text);
                (start, u32::try_from(text.len()).unwrap_or(NONE))
            }
        };
        *slot = Slot { tag: tag(hash), first: link };
        self.links.push(Link { rule, next, start, length });
    }

    /// The rules that name `text`, whose hash is `hash`.
    pub(super) fn get(&self, hash: u64, text: &str) -> impl Iterator<Item = u32> + '_ {
        let mut link = if self.bitmap().may_contain(hash) { self.first_link(hash, text) } else { NONE };
        std::iter::from_fn(move || {
            let here = self.links.get(link as usize)?;
            link = here.next;
            Some(here.rule)
        })
    }

    /// Whether a text of about this hash is in the table: tells before the text itself is fetched from memory.
    pub(super) fn has_hash(&self, hash: u64) -> bool {
        self.bitmap().may_contain(hash)
            && self
                .find_slot(hash, |_| true)
                .and_then(|at| self.slots.get(at))
                .is_some_and(|slot| slot.first != NONE)
    }

    /// What answers most look-ups.
    pub(super) fn bitmap(&self) -> Bitmap<'_> {
        Bitmap { words: &self.bitmap, mask: self.bitmap.len().wrapping_sub(1) }
    }

    fn first_link(&self, hash: u64, text: &str) -> u32 {
        self.find_slot(hash, |slot| self.is_key(slot, text))
            .and_then(|at| self.slots.get(at))
            .map_or(NONE, |slot| slot.first)
    }

    /// The slot of a text with this hash that `is_it`, or the empty one where it would go.
    fn find_slot(&self, hash: u64, is_it: impl Fn(&Slot) -> bool) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        #[expect(clippy::cast_possible_truncation, reason = "masked to the size of the table")]
        let mut at = hash as usize & mask;
        let tag = tag(hash);
        for _ in 0..self.slots.len() {
            let slot = self.slots.get(at)?;
            if slot.first == NONE || (slot.tag == tag && is_it(slot)) {
                return Some(at);
            }
            at = at.wrapping_add(1) & mask;
        }
        None
    }

    fn is_key(&self, slot: &Slot, text: &str) -> bool {
        let Some(link) = self.links.get(slot.first as usize) else { return false };
        let start = link.start as usize;
        let key = self.texts.get(start..start.saturating_add(link.length as usize)).unwrap_or_default();
        if self.ignore_case { key.eq_ignore_ascii_case(text) } else { key == text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(map: &TextMap, text: &str) -> Vec<u32> {
        let mut rules: Vec<u32> = map.get(map.hash(text), text).collect();
        rules.sort_unstable();
        rules
    }

    #[test]
    fn case_counts_only_where_it_should() {
        let mut exact = TextMap::new(false, 6, 0);
        let mut folded = TextMap::new(true, 6, 0);
        for (text, rule) in
            [("zlib1g", 0), ("CVE-2021-44228", 1), ("x", 2), ("CVE-2021-4422@", 3), ("CVE-2021-4422`", 4)]
        {
            exact.insert(text, rule);
            folded.insert(text, rule);
        }
        assert_eq!(get(&exact, "CVE-2021-44228"), [1]);
        assert!(get(&exact, "cve-2021-44228").is_empty());
        assert_eq!(get(&folded, "cve-2021-44228"), [1]);
        assert_eq!(get(&folded, "CVE-2021-4422@"), [3]);
        assert_eq!(get(&folded, "X"), [2]);
        assert!(get(&folded, "CVE-2021-442281").is_empty());
        folded.insert("ZLIB1G", 7);
        assert_eq!(get(&folded, "Zlib1g"), [0, 7]);
    }

    #[test]
    fn an_empty_map_finds_nothing() {
        assert!(get(&TextMap::new(false, 0, 0), "").is_empty());
        assert!(get(&TextMap::new(true, 0, 0), "x").is_empty());
    }

    #[test]
    fn many_keys_are_all_found() {
        let mut map = TextMap::new(true, 10_000, 0);
        for rule in 0..10_000 {
            map.insert(&format!("CVE-2026-{rule}"), rule);
        }
        for rule in 0..10_000 {
            assert_eq!(get(&map, &format!("cve-2026-{rule}")), [rule]);
        }
        assert!(get(&map, "CVE-2026-10000").is_empty());
    }
}
