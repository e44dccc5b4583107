//! Globs with more states than a word has bits: all states take a step at once, sixty-four to an instruction.

use super::{Flavour, Token};

/// A set of states, one bit each.
type States = Vec<u64>;

/// The tokens by what they do; each list has the states in front of such a token.
struct Steps {
    /// Sorted by the character.
    literals: Vec<(char, States)>,
    one: States,
    star: States,
    any: States,
    maybe: States,
    components: States,
}

/// As [`super::simulate`].
pub(super) fn simulate(tokens: &[Token], text: &str, flavour: Flavour) -> bool {
    let width = tokens.len().div_euclid(64).saturating_add(1);
    let steps = Steps::of(tokens, width);
    let mut active = vec![0_u64; width];
    add(&mut active, 0);
    steps.close(&mut active);
    let mut next = vec![0_u64; width];
    for character in text.chars() {
        let slash = character == '/' && flavour == Flavour::Path;
        steps.step(&active, &mut next, character, slash);
        if next.iter().all(|word| *word == 0) {
            return false;
        }
        steps.close(&mut next);
        std::mem::swap(&mut active, &mut next);
    }
    has(&active, tokens.len())
}

impl Steps {
    fn of(tokens: &[Token], width: usize) -> Self {
        let none = || vec![0_u64; width];
        let mut steps = Self {
            literals: Vec::new(),
            one: none(),
            star: none(),
            any: none(),
            maybe: none(),
            components: none(),
        };
        for (state, token) in tokens.iter().enumerate() {
            let states = match token {
                Token::Literal(literal) => {
                    let at = match steps.literals.binary_search_by_key(literal, |(known, _)| *known) {
                        Ok(at) => at,
                        Err(at) => {
                            steps.literals.insert(at, (*literal, none()));
                            at
                        }
                    };
                    match steps.literals.get_mut(at) {
                        Some((_, states)) => states,
                        None => continue,
                    }
                }
                Token::One => &mut steps.one,
                Token::Star => &mut steps.star,
                Token::Any => &mut steps.any,
                Token::MaybeComponents => &mut steps.maybe,
                Token::Components => &mut steps.components,
            };
            add(states, state);
        }
        steps
    }

    /// The states after one character.
    fn step(&self, active: &[u64], next: &mut [u64], character: char, slash: bool) {
        let literal = self.literals.binary_search_by_key(&character, |(known, _)| *known);
        let literal = literal.ok().and_then(|at| self.literals.get(at));
        let mut carried = 0_u64;
        for (at, (here, next)) in active.iter().zip(next).enumerate() {
            let word = |states: &States| states.get(at).copied().unwrap_or(0);
            let (mut advance, mut stay) =
                (literal.map_or(0, |(_, states)| word(states)), word(&self.any) | word(&self.components));
            if slash {
                advance |= word(&self.components);
            } else {
                advance |= word(&self.one);
                stay |= word(&self.star);
            }
            let advanced = here & advance;
            *next = (advanced << 1) | carried | (here & stay);
            carried = advanced >> 63;
        }
    }

    /// Adds the states that are reached without reading a character.
    fn close(&self, states: &mut [u64]) {
        // Tokens that need no character stand in rows of three at most (`**/**`): a third star is refused, and `**/**/` is
        // one `**/`.
        loop {
            let (mut carried, mut grows) = (0_u64, false);
            for (at, here) in states.iter_mut().enumerate() {
                let word = |states: &States| states.get(at).copied().unwrap_or(0);
                let maybe = *here & word(&self.maybe);
                let empty = *here & (word(&self.star) | word(&self.any)) | maybe;
                let reached = (empty << 1) | (maybe << 2) | carried;
                carried = (empty >> 63) | (maybe >> 62);
                grows |= reached & !*here != 0;
                *here |= reached;
            }
            if !grows {
                return;
            }
        }
    }
}

fn add(states: &mut [u64], state: usize) {
    if let Some(word) = states.get_mut(state.div_euclid(64)) {
        *word |= 1 << state.rem_euclid(64);
    }
}

fn has(states: &[u64], state: usize) -> bool {
    states.get(state.div_euclid(64)).is_some_and(|word| word & (1 << state.rem_euclid(64)) != 0)
}
