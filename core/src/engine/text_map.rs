//! From a text to the rules that name it, without allocating for a look-up.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map from texts to lists of rule numbers; either exact or without regard to ASCII case.
#[derive(Clone, Debug)]
pub(super) struct TextMap {
    ignore_case: bool,
    /// By hash; texts that collide share a bucket and are told apart by comparing.
    buckets: HashMap<u64, Vec<Entry>, BuildHasherDefault<Identity>>,
}

#[derive(Clone, Debug)]
struct Entry {
    text: Box<str>,
    rules: Vec<u32>,
}

impl TextMap {
    pub(super) fn exact() -> Self {
        Self { ignore_case: false, buckets: HashMap::default() }
    }

    pub(super) fn ignoring_case() -> Self {
        Self { ignore_case: true, buckets: HashMap::default() }
    }

    pub(super) fn insert(&mut self, text: &str, rule: u32) {
        let ignore_case = self.ignore_case;
        let bucket = self.buckets.entry(hash(text, ignore_case)).or_default();
        match bucket.iter_mut().find(|entry| same(&entry.text, text, ignore_case)) {
            Some(entry) => {
                if entry.rules.last() != Some(&rule) {
                    entry.rules.push(rule);
                }
            }
            None => bucket.push(Entry { text: text.into(), rules: vec![rule] }),
        }
    }

    /// The rules that name `text`, in ascending order.
    pub(super) fn get(&self, text: &str) -> &[u32] {
        if self.buckets.is_empty() {
            return &[];
        }
        let bucket = self.buckets.get(&hash(text, self.ignore_case)).map(Vec::as_slice).unwrap_or_default();
        let entry = bucket.iter().find(|entry| same(&entry.text, text, self.ignore_case));
        entry.map(|entry| entry.rules.as_slice()).unwrap_or_default()
    }
}

fn same(left: &str, right: &str, ignore_case: bool) -> bool {
    if ignore_case { left.eq_ignore_ascii_case(right) } else { left == right }
}

/// Eight bytes at a time; with case ignored, every letter's case bit is set first.
///
/// Setting bit 5 of each byte also folds a few signs into others (`@` and `` ` ``); they only share a bucket.
fn hash(text: &str, ignore_case: bool) -> u64 {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
    let fold = if ignore_case { 0x2020_2020_2020_2020 } else { 0 };
    let mut state = text.len() as u64;
    let mut mix = |word: u64| {
        state = (state.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);
        state ^= state >> 29;
    };
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    for word in words {
        mix(u64::from_le_bytes(*word) | fold);
    }
    let mut last = [0_u8; 8];
    for (slot, byte) in last.iter_mut().zip(rest) {
        *slot = *byte;
    }
    mix(u64::from_le_bytes(last) | fold);
    state
}

/// The key is a hash already.
#[derive(Default)]
struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // Never used: the only keys are `u64`.
        self.0 = bytes.iter().fold(self.0, |state, byte| state.rotate_left(8) ^ u64::from(*byte));
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_counts_only_where_it_should() {
        let mut exact = TextMap::exact();
        let mut folded = TextMap::ignoring_case();
        for (rule, text) in
            ["zlib1g", "CVE-2021-44228", "x", "CVE-2021-4422@", "CVE-2021-4422`"].iter().enumerate()
        {
            exact.insert(text, rule as u32);
            folded.insert(text, rule as u32);
        }
        assert_eq!(exact.get("CVE-2021-44228"), [1]);
        assert!(exact.get("cve-2021-44228").is_empty());
        assert_eq!(folded.get("cve-2021-44228"), [1]);
        assert_eq!(folded.get("CVE-2021-4422@"), [3]);
        assert_eq!(folded.get("X"), [2]);
        assert!(folded.get("CVE-2021-442281").is_empty());
        folded.insert("ZLIB1G", 7);
        assert_eq!(folded.get("Zlib1g"), [0, 7]);
    }
}
