//! A small deterministic source of choices: bytes that somebody chose, then SplitMix64.

use std::collections::VecDeque;

pub struct Random {
    state: u64,
    bytes: VecDeque<u8>,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self { state: seed, bytes: VecDeque::new() }
    }

    /// Each byte makes one choice, as long as there are some.
    pub fn of(bytes: &[u8]) -> Self {
        Self { state: 0, bytes: bytes.to_vec().into() }
    }

    pub fn next(&mut self) -> u64 {
        if let Some(byte) = self.bytes.pop_front() {
            return byte.into();
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as usize) as i64
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    /// One to `most` different choices.
    pub fn some<T: Clone>(&mut self, choices: &[T], most: usize) -> Vec<T> {
        let mut left = choices.to_vec();
        let wanted = 1 + self.below(most.min(choices.len()));
        (0..wanted).map(|_| left.swap_remove(self.below(left.len()))).collect()
    }

    /// The text, now and then in another case.
    pub fn case(&mut self, text: &str) -> String {
        match self.below(10) {
            0 => text.to_ascii_uppercase(),
            1 => text.to_ascii_lowercase(),
            _ => text.to_owned(),
        }
    }
}
