//! Globs: `?`, `*`, `**` and `\`, anchored and case-sensitive, in time linear in the text.
//!
//! A glob is simulated as a finite automaton, never by backtracking: policies are written by people, but image
//! names and paths come from whoever builds images.

mod wide;

use crate::error::quote;
use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

/// What a slash is to a glob.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Flavour {
    /// Image names and paths: `?` and `*` stop at `/`, `**` does not, a whole component `**/` may match nothing.
    Path,
    /// Everything else: `/` is an ordinary character.
    Plain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Token {
    Literal(char),
    /// `?`
    One,
    /// `*` that stops at `/`.
    Star,
    /// Anything.
    Any,
    /// Opens `**/`: the loop that follows may be skipped.
    MaybeComponents,
    /// The rest of `**/`: anything up to and including a `/`.
    Components,
}

/// A compiled glob.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Glob {
    source: Box<str>,
    flavour: Flavour,
    prefix: Prefix,
    /// What follows the prefix; empty for a glob without wildcards.
    tokens: Box<[Token]>,
}

/// The literal text that every match starts with.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Prefix {
    /// The first bytes of the source, this many.
    OfSource(usize),
    /// Without the backslashes that the source has there.
    Unescaped(Box<str>),
}

impl Glob {
    /// Compiles `source`; the error says what would be right.
    pub(crate) fn parse(source: &str, flavour: Flavour, max_chars: usize) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("{} is no glob: {why}", quote(source)));
        if source.is_empty() {
            return wrong("it is empty; `*` stands for anything");
        }
        if source.len() > max_chars && source.chars().count() > max_chars {
            return wrong(&format!("it is longer than {max_chars} characters"));
        }
        let is_ordinary = |byte: u8| !matches!(byte, b'\\' | b'[' | b']' | b'{' | b'}' | b'?' | b'*');
        if source.bytes().fold(true, |all, byte| all & is_ordinary(byte)) {
            let prefix = Prefix::OfSource(source.len());
            return Ok(Self { source: source.into(), flavour, prefix, tokens: Box::default() });
        }
        let mut prefix = String::new();
        let mut tokens = Vec::new();
        let mut rest = source.chars().peekable();
        let mut at_component_start = true;
        while let Some(character) = rest.next() {
            let token = match character {
                '\\' => match rest.next() {
                    Some(escaped) => Token::Literal(escaped),
                    None => {
                        return wrong(
                            "the backslash at its end escapes nothing; write `\\\\` for a backslash",
                        );
                    }
                },
                '[' | ']' | '{' | '}' => {
                    return wrong(&format!(
                        "`{character}` has no meaning here; write `\\{character}` for the character itself"
                    ));
                }
                '?' => Token::One,
                '*' => {
                    let double = rest.next_if_eq(&'*').is_some();
                    if double && rest.peek() == Some(&'*') {
                        return wrong("three stars have no meaning; `*` stops at `/`, `**` does not");
                    }
                    match flavour {
                        Flavour::Plain => Token::Any,
                        Flavour::Path if !double => Token::Star,
                        Flavour::Path if at_component_start && passes_slash(&mut rest) => {
                            // Any number of components, and then any number of them, is any number of them.
                            if tokens.last() != Some(&Token::Components) {
                                tokens.push(Token::MaybeComponents);
                                tokens.push(Token::Components);
                            }
                            continue;
                        }
                        Flavour::Path => Token::Any,
                    }
                }
                literal => Token::Literal(literal),
            };
            at_component_start = token == Token::Literal('/');
            match token {
                Token::Literal(literal) if tokens.is_empty() => prefix.push(literal),
                token => tokens.push(token),
            }
        }
        let prefix = if source.starts_with(&prefix) {
            Prefix::OfSource(prefix.len())
        } else {
            Prefix::Unescaped(prefix.into())
        };
        Ok(Self { source: source.into(), flavour, prefix, tokens: tokens.into() })
    }

    fn prefix(&self) -> &str {
        match &self.prefix {
            Prefix::OfSource(length) => self.source.get(..*length).unwrap_or_default(),
            Prefix::Unescaped(text) => text,
        }
    }

    /// The text itself, if the glob has no wildcard.
    pub(crate) fn literal(&self) -> Option<&str> {
        self.tokens.is_empty().then(|| self.prefix())
    }

    /// Whether the glob is exactly `*` or `**`, which alone cover an unknown node, cluster or namespace.
    pub(crate) fn is_anything(&self) -> bool {
        matches!(&*self.source, "*" | "**")
    }

    /// Whether the glob matches the whole of `text`.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some(rest) = text.strip_prefix(self.prefix()) else { return false };
        match &*self.tokens {
            [] => rest.is_empty(),
            [Token::Any] => true,
            [Token::Star] => !rest.contains('/'),
            tokens if tokens.len() < 64 => simulate(tokens, rest, self.flavour),
            tokens => wide::simulate(tokens, rest, self.flavour),
        }
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Glob({:?})", self.source)
    }
}

/// Whether a slash comes next, which is then passed. Escaped it is the same character.
fn passes_slash(rest: &mut Peekable<Chars<'_>>) -> bool {
    if rest.next_if_eq(&'/').is_some() {
        return true;
    }
    let mut ahead = rest.clone();
    let is_escaped = ahead.next() == Some('\\') && ahead.next() == Some('/');
    if is_escaped {
        *rest = ahead;
    }
    is_escaped
}

/// Runs the automaton: bit `i` of the states means that `tokens[i..]` is still to be matched.
fn simulate(tokens: &[Token], text: &str, flavour: Flavour) -> bool {
    let mut active = close(tokens, 1);
    for character in text.chars() {
        let mut next = 0_u64;
        let slash = character == '/' && flavour == Flavour::Path;
        for (state, token) in tokens.iter().enumerate() {
            let here = active & (1 << state);
            if here == 0 {
                continue;
            }
            let (stay, advance) = match token {
                Token::Literal(literal) => (false, *literal == character),
                Token::One => (false, !slash),
                Token::Star => (!slash, false),
                Token::Any => (true, false),
                Token::MaybeComponents => (false, false),
                Token::Components => (true, slash),
            };
            if stay {
                next |= here;
            }
            if advance {
                next |= here << 1;
            }
        }
        if next == 0 {
            return false;
        }
        active = close(tokens, next);
    }
    active & (1 << tokens.len()) != 0
}

/// Adds the states that are reached without reading a character. They all lie further on, so one pass does.
fn close(tokens: &[Token], mut states: u64) -> u64 {
    for (state, token) in tokens.iter().enumerate() {
        let here = states & (1 << state);
        match token {
            Token::Star | Token::Any => states |= here << 1,
            Token::MaybeComponents => states |= (here << 1) | (here << 2),
            Token::Literal(_) | Token::One | Token::Components => {}
        }
    }
    states
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(flavour: Flavour, glob: &str, text: &str) -> bool {
        Glob::parse(glob, flavour, 1024).unwrap().matches(text)
    }

    #[test]
    fn path_globs() {
        let yes = [
            ("a", "a"),
            ("a/**/b", "a/b"),
            ("a/**/b", "a/x/y/b"),
            ("a/**", "a/x/y"),
            ("a/**", "a/"),
            ("**", ""),
            ("**", "a/b"),
            ("**/debug-*", "debug-1"),
            ("**/debug-*", "r/x/debug-1"),
            ("r.io/*/x:?", "r.io/team/x:1"),
            ("*", "a:1@sha256:0"),
            ("a**z", "a/b/z"),
            ("a**/z", "axx/y/z"),
            (r"\*\\x", r"*\x"),
            ("é?", "éü"),
            ("**/**/a", "a"),
            (r"a\/**\/b", "a/b"),
            (r"a\/**\/b", "a/x/b"),
            ("/**", "/"),
        ];
        for (glob, text) in yes {
            assert!(matches(Flavour::Path, glob, text), "{glob} should match {text}");
        }
        let no = [
            ("a/**", "a"),
            ("a", "A"),
            ("*", "a/b"),
            ("?", "/"),
            ("?", ""),
            ("a/*/b", "a/b"),
            ("**/b", "ab"),
            ("a/**/b", "a/xb"),
            (r"a/**\/b", "a/xb"),
            ("a**/z", "a"),
            ("é?", "é"),
        ];
        for (glob, text) in no {
            assert!(!matches(Flavour::Path, glob, text), "{glob} should not match {text}");
        }
    }

    #[test]
    fn in_plain_globs_a_slash_is_ordinary() {
        assert!(matches(Flavour::Plain, "*", "a/b"));
        assert!(matches(Flavour::Plain, "?", "/"));
        assert!(matches(Flavour::Plain, "a**b", "a/x/b"));
        assert!(!matches(Flavour::Plain, "**/b", "b"));
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        for glob in ["", "***", "a***", "[a]", "a]", "{a", "b}", "a\\"] {
            assert!(Glob::parse(glob, Flavour::Path, 1024).is_err(), "{glob}");
        }
        assert!(Glob::parse("aaa", Flavour::Path, 2).is_err());
    }

    #[test]
    fn long_globs_use_more_than_one_word_of_states() {
        let glob = format!("*{}b**/?", "a*".repeat(100));
        assert!(matches(Flavour::Path, &glob, &format!("{}b/x", "a".repeat(150))));
        assert!(!matches(Flavour::Path, &glob, &format!("{}b/x", "a".repeat(99))));
    }

    /// The same language by plain recursion, to be believed by reading it.
    fn slow(glob: &[char], text: &[char], path: bool, component_start: bool) -> bool {
        match glob {
            [] => text.is_empty(),
            ['*', '*', '/', rest @ ..] if path && component_start => {
                slow(rest, text, path, true)
                    || (0..text.len()).any(|at| text[at] == '/' && slow(rest, &text[at + 1..], path, true))
            }
            ['*', '*', rest @ ..] => (0..=text.len()).any(|at| slow(rest, &text[at..], path, false)),
            ['*', rest @ ..] => (0..=text.len())
                .take_while(|&at| !path || !text[..at].contains(&'/'))
                .any(|at| slow(rest, &text[at..], path, false)),
            ['?', rest @ ..] => {
                text.first().is_some_and(|c| !path || *c != '/') && slow(rest, &text[1..], path, false)
            }
            [c, rest @ ..] => text.first() == Some(c) && slow(rest, &text[1..], path, *c == '/'),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn agrees_with_the_slow_matcher(glob in "[ab/*?]{1,8}", text in "[ab/]{0,8}") {
            for flavour in [Flavour::Path, Flavour::Plain] {
                let Ok(compiled) = Glob::parse(&glob, flavour, 1024) else { continue };
                let (glob, text_chars): (Vec<char>, Vec<char>) = (glob.chars().collect(), text.chars().collect());
                let expected = slow(&glob, &text_chars, flavour == Flavour::Path, true);
                prop_assert_eq!(compiled.matches(&text), expected);
                let Some(rest) = text.strip_prefix(compiled.prefix()) else { continue };
                prop_assert_eq!(wide::simulate(&compiled.tokens, rest, flavour), expected);
            }
        }

        #[test]
        fn long_globs_agree_with_the_slow_matcher(
            parts in proptest::collection::vec("[ab/?]{20}|[*]|[*][*]|[*][*]/|/[*][*]/", 3..7),
            text in "[ab/]{0,90}",
        ) {
            let glob = parts.concat();
            let Ok(compiled) = Glob::parse(&glob, Flavour::Path, 1024) else { return Ok(()) };
            // A text that the glob matches, mostly: the glob with its wildcards filled in.
            let filled = glob.replace("**", "a/b").replace('*', "ab").replace('?', "b");
            for text in [&text, &filled] {
                let (glob, chars): (Vec<char>, Vec<char>) = (glob.chars().collect(), text.chars().collect());
                let expected = slow(&glob, &chars, true, true);
                prop_assert_eq!(compiled.matches(text), expected, "{}", text);
                let Some(rest) = text.strip_prefix(compiled.prefix()) else { continue };
                prop_assert_eq!(wide::simulate(&compiled.tokens, rest, Flavour::Path), expected);
            }
        }
    }
}
