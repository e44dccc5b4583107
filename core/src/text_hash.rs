//! Hashes of texts for the indexes: fast, the same in every process, and never an answer by themselves, since a text
//! is compared before it counts as found.

/// The hash of a text.
pub(crate) fn exact(text: &str) -> u64 {
    hash(text, 0)
}

/// The hash of a text without regard to ASCII case.
///
/// Setting bit 5 of each byte folds letters to lower case, and also a few signs into others (`@` and `` ` ``): those
/// only share a hash.
pub(crate) fn ignoring_case(text: &str) -> u64 {
    hash(text, 0x2020_2020_2020_2020)
}

/// Eight bytes at a time.
fn hash(text: &str, fold: u64) -> u64 {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
    let mix = |state: u64, word: u64| {
        let mixed = (state.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);
        mixed ^ (mixed >> 29)
    };
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let state =
        words.iter().fold(text.len() as u64, |state, word| mix(state, u64::from_le_bytes(*word) | fold));
    let mut last = [0_u8; 8];
    for (slot, byte) in last.iter_mut().zip(rest) {
        *slot = *byte;
    }
    let state = mix(state, u64::from_le_bytes(last) | fold);
    state ^ (state >> 32)
}
