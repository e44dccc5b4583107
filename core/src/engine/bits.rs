//! A set of small numbers, as wide as it was made.

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
        if let Some(word) = self.words.get_mut(member / 64) {
            *word |= 1 << (member % 64);
        }
    }

    pub(super) fn remove(&mut self, member: usize) {
        if let Some(word) = self.words.get_mut(member / 64) {
            *word &= !(1 << (member % 64));
        }
    }

    pub(super) fn contains(&self, member: usize) -> bool {
        self.words.get(member / 64).is_some_and(|word| word & (1 << (member % 64)) != 0)
    }

    /// Adds the members of `other`.
    pub(super) fn unite(&mut self, other: &Self) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// Keeps the members that `other` has too.
    pub(super) fn intersect(&mut self, other: &Self) {
        for (word, kept) in self.words.iter_mut().zip(&other.words) {
            *word &= kept;
        }
    }

    /// The members in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| {
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
        assert_eq!(bits.iter().collect::<Vec<_>>(), [0, 63, 64, 199]);
        assert!(bits.contains(63) && !bits.contains(62) && !bits.contains(1000));
        let mut other = Bits::new(200);
        other.insert(64);
        bits.intersect(&other);
        assert_eq!(bits.iter().collect::<Vec<_>>(), [64]);
        bits.remove(64);
        assert_eq!(bits.iter().count(), 0);
    }
}
