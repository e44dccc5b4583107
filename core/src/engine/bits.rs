//! Sets of small numbers, as wide as they were made.

/// A bit set of fixed width.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits {
    words: Box<[u64]>,
}

impl Bits {
    pub(super) fn new(width: usize) -> Self {
        Self { words: vec![0; width.div_ceil(64)].into_boxed_slice() }
    }

    pub(super) fn insert(&mut self, member: usize) {
        insert(&mut self.words, member);
    }

    pub(super) fn contains(&self, member: usize) -> bool {
        contains(&self.words, member)
    }

    /// The set as words, for the functions of this module.
    pub(super) fn words(&self) -> &[u64] {
        &self.words
    }
}

pub(super) fn insert(words: &mut [u64], member: usize) {
    if let Some(word) = words.get_mut(member / 64) {
        *word |= 1 << (member % 64);
    }
}

pub(super) fn remove(words: &mut [u64], member: usize) {
    if let Some(word) = words.get_mut(member / 64) {
        *word &= !(1 << (member % 64));
    }
}

pub(super) fn contains(words: &[u64], member: usize) -> bool {
    words.get(member / 64).is_some_and(|word| word & (1 << (member % 64)) != 0)
}

/// Makes a set equal to another of its width.
pub(super) fn copy(words: &mut [u64], from: &[u64]) {
    words.iter_mut().zip(from).for_each(|(word, from)| *word = *from);
}

/// Adds the members of `more`.
pub(super) fn unite(words: &mut [u64], more: &[u64]) {
    words.iter_mut().zip(more).for_each(|(word, more)| *word |= more);
}

/// Keeps the members that `kept` has too.
pub(super) fn intersect(words: &mut [u64], kept: &[u64]) {
    words.iter_mut().zip(kept).for_each(|(word, kept)| *word &= kept);
}

/// The members in ascending order.
pub(super) fn members(words: &[u64]) -> impl Iterator<Item = usize> + '_ {
    words.iter().enumerate().flat_map(|(index, word)| {
        let mut rest = *word;
        std::iter::from_fn(move || {
            if rest == 0 {
                return None;
            }
            let bit = rest.trailing_zeros() as usize;
            rest &= rest.wrapping_sub(1);
            Some(index.saturating_mul(64).saturating_add(bit))
        })
    })
}

/// The number of a rule, of a finding or of a kind as it is kept.
pub(super) fn rule_number(rule: usize) -> u32 {
    u32::try_from(rule).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_back_in_order() {
        let mut bits = Bits::new(200);
        for member in [199, 0, 64, 63] {
            bits.insert(member);
        }
        assert_eq!(members(bits.words()).collect::<Vec<_>>(), [0, 63, 64, 199]);
        assert!(bits.contains(63) && !bits.contains(62) && !bits.contains(1000));
        let mut other = Bits::new(200);
        other.insert(64);
        other.insert(65);
        let mut words = bits.words().to_vec();
        unite(&mut words, other.words());
        assert_eq!(members(&words).collect::<Vec<_>>(), [0, 63, 64, 65, 199]);
        intersect(&mut words, other.words());
        assert_eq!(members(&words).collect::<Vec<_>>(), [64, 65]);
        remove(&mut words, 64);
        assert!(contains(&words, 65) && !contains(&words, 64));
        copy(&mut words, bits.words());
        assert_eq!(words, bits.words());
    }
}
