//! Ranges of versions, such as `<2.17.1||>=3.0,<3.0.2`.

use super::{Scheme, compare_with_bound};
use crate::quote;
use std::cmp::Ordering;

/// Comparators joined by `,` (all must hold), in alternatives joined by `||` (one must hold).
///
/// A range knows no ecosystem: whether a scheme can read its bounds turns out when it is asked. A bare order is
/// all that counts: a pre-release of 2.0 lies below 2.0, and `<2.0` contains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    alternatives: Vec<Vec<Comparator>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Comparator {
    operator: Operator,
    bound: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Range {
    /// Reads a range. White space has no place in it.
    ///
    /// # Errors
    /// One line that says what is wrong and what would be right.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.contains(char::is_whitespace) {
            return Err(format!("{} must be written without white space, as in `>=3.0,<3.0.2`", quote(text)));
        }
        if text.is_empty() {
            return Err("a range must have a comparator, such as `<2.17.1`".to_owned());
        }
        let alternatives =
            text.split("||").map(parse_alternative).collect::<Result<Vec<Vec<Comparator>>, String>>()?;
        Ok(Self { alternatives })
    }

    /// Whether the range contains a version, by the rules of `scheme`.
    ///
    /// `None` is unknown: the version, or a bound that would decide, cannot be read. The logic is Kleene's: an
    /// unreadable bound makes only its own comparator unknown, and what the others say may still decide.
    pub(crate) fn contains(&self, scheme: Scheme, version: &str) -> Option<bool> {
        // "Any of" is "not all of the opposites", for unknown too.
        all(self.alternatives.iter().map(|alternative| {
            all(alternative.iter().map(|comparator| comparator.holds(scheme, version))).map(|holds| !holds)
        }))
        .map(|none_holds| !none_holds)
    }
}

impl Comparator {
    fn holds(&self, scheme: Scheme, version: &str) -> Option<bool> {
        compare_with_bound(scheme, version, &self.bound).map(|ordering| self.operator.accepts(ordering))
    }
}

impl Operator {
    /// Longer signs first, so that `<=` is not taken for `<`.
    const SIGNS: [(&'static str, Self); 5] = [
        ("<=", Self::LessOrEqual),
        (">=", Self::GreaterOrEqual),
        ("<", Self::Less),
        (">", Self::Greater),
        ("=", Self::Equal),
    ];

    fn accepts(self, ordering: Ordering) -> bool {
        match self {
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Equal => ordering.is_eq(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::Greater => ordering.is_gt(),
        }
    }
}

/// Kleene's conjunction: a false one decides, else an unknown one.
fn all(terms: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(true);
    for term in terms {
        match term {
            Some(false) => return Some(false),
            Some(true) => {}
            None => result = None,
        }
    }
    result
}

fn parse_alternative(text: &str) -> Result<Vec<Comparator>, String> {
    if text.is_empty() {
        return Err("a comparator must stand on both sides of `||`, as in `<2.17.1||=3.0`".to_owned());
    }
    text.split(',').map(parse_comparator).collect()
}

fn parse_comparator(text: &str) -> Result<Comparator, String> {
    if text.is_empty() {
        return Err("a comparator must stand on both sides of `,`, as in `>=3.0,<3.0.2`".to_owned());
    }
    let (operator, bound) = Operator::SIGNS
        .iter()
        .find_map(|(sign, operator)| text.strip_prefix(sign).map(|rest| (*operator, rest)))
        .ok_or_else(|| format!("{} must start with one of < <= > >= =", quote(text)))?;
    if bound.is_empty() {
        return Err(format!("{} must have a version after its operator, as in `<2.17.1`", quote(text)));
    }
    // Two operators in a row (==, =>, <~) are more likely than a version that starts like one.
    if bound.starts_with(['<', '>', '=', '!', '~', '^']) {
        return Err(format!("{} must have exactly one of the operators < <= > >= =", quote(text)));
    }
    if bound.contains(|character: char| character.is_control() || matches!(character, '|' | '<' | '>' | '='))
    {
        return Err(format!(
            "{} must be one operator and one version; join comparators with `,` and alternatives with `||`",
            quote(text)
        ));
    }
    Ok(Comparator { operator, bound: bound.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn contains(range: &str, scheme: Scheme, version: &str) -> Option<bool> {
        Range::parse(range).expect(range).contains(scheme, version)
    }

    #[test]
    fn white_space_is_refused() {
        for text in ["   ", " <1", "< 1", "<1 ", ">=1, <2", "<1 || >2", ">=1 <2", "<1\t", "<1\u{a0}"] {
            let message = Range::parse(text).expect_err(text);
            assert!(message.contains("without white space"), "{message}");
        }
    }

    #[test]
    fn anything_else_is_an_error() {
        let cases = [
            ("", "a range must have a comparator, such as `<2.17.1`"),
            ("||", "a comparator must stand on both sides of `||`, as in `<2.17.1||=3.0`"),
            ("<1||", "a comparator must stand on both sides of `||`, as in `<2.17.1||=3.0`"),
            ("<1||||<2", "a comparator must stand on both sides of `||`, as in `<2.17.1||=3.0`"),
            ("<1,", "a comparator must stand on both sides of `,`, as in `>=3.0,<3.0.2`"),
            (",<1", "a comparator must stand on both sides of `,`, as in `>=3.0,<3.0.2`"),
            ("<", "`<` must have a version after its operator, as in `<2.17.1`"),
            (">=,<2", "`>=` must have a version after its operator, as in `<2.17.1`"),
            ("1.0", "`1.0` must start with one of < <= > >= ="),
            ("~1.0", "`~1.0` must start with one of < <= > >= ="),
            ("^1.0", "`^1.0` must start with one of < <= > >= ="),
            ("!=1.0", "`!=1.0` must start with one of < <= > >= ="),
            ("*", "`*` must start with one of < <= > >= ="),
            ("==1.0", "`==1.0` must have exactly one of the operators < <= > >= ="),
            ("=>1.0", "`=>1.0` must have exactly one of the operators < <= > >= ="),
            ("<~1.0", "`<~1.0` must have exactly one of the operators < <= > >= ="),
            ("<>1.0", "`<>1.0` must have exactly one of the operators < <= > >= ="),
        ];
        for (text, message) in cases {
            assert_eq!(Range::parse(text).expect_err(text), message);
        }
        for text in ["<1|<2", "<1|||<2", "<1\t", "\t<1", "<1\n", "<1 2", "<1\u{a0}", "<1\u{7f}", "<1<2"] {
            let message = Range::parse(text).expect_err(text);
            assert!(!message.contains('\n') && !message.ends_with('.'), "{message}");
        }
    }

    #[test]
    fn operators_mean_what_they_say() {
        for (range, below, equal, above) in [
            ("<2", true, false, false),
            ("<=2", true, true, false),
            ("=2", false, true, false),
            (">=2", false, true, true),
            (">2", false, false, true),
        ] {
            for (version, expected) in [("1.9", below), ("2.0.0", equal), ("2.0.1", above)] {
                assert_eq!(contains(range, Scheme::SemVer, version), Some(expected), "{version} in {range}");
            }
        }
    }

    #[test]
    fn alternatives_are_joined() {
        let range = "<2.17.1||>=3.0,<3.0.2";
        for (version, expected) in [
            ("2.14.1", true),
            ("2.17.0", true),
            ("2.17.1", false),
            ("3.0-alpha1", false),
            ("3.0", true),
            ("3.0.1", true),
            ("3.0.2", false),
        ] {
            assert_eq!(contains(range, Scheme::Maven, version), Some(expected), "{version}");
        }
    }

    #[test]
    fn unknown_is_only_what_would_decide() {
        let t = Some(true);
        let f = Some(false);
        // "x" is no Semantic Version.
        for (range, expected) in [
            ("<x", None),
            ("<2", t),
            (">2", f),
            ("<2,<x", None),
            (">2,<x", f),
            ("<x,>2", f),
            ("<2||<x", t),
            ("<x||<2", t),
            (">2||<x", None),
            (">2,<x||<x,<2", None),
            (">2,<x||<2", t),
            (">2,<x||>3,<x", f),
        ] {
            assert_eq!(contains(range, Scheme::SemVer, "1.0.0"), expected, "{range}");
        }
        assert_eq!(contains("<2||>=2", Scheme::SemVer, "x"), None);
        assert_eq!(contains("<2", Scheme::SemVer, ""), None);
    }

    #[test]
    fn bounds_may_leave_out_what_the_ecosystem_lets_them() {
        for (scheme, range, version, expected) in [
            (Scheme::Rpm, "=1.2", "1.2-3.el9", true),
            (Scheme::Rpm, "<=1.2", "1.2-3.el9", true),
            (Scheme::Rpm, ">1.2", "1.2-3.el9", false),
            (Scheme::Rpm, "<1.2-4", "1.2-3.el9", true),
            (Scheme::Rpm, "<1.2-3", "1.2", false),
            (Scheme::Rpm, "<2.0", "1:1.2-3", false),
            (Scheme::Rpm, "=0:1.2", "1.2-3", true),
            (Scheme::Alpm, "=1.2", "1.2-3", true),
            (Scheme::Alpm, "<1.2-4", "1.2-3", true),
            (Scheme::Pypi, "=1.2", "1.2+deb11u1", true),
            (Scheme::Pypi, ">1.2", "1.2+deb11u1", false),
            (Scheme::Pypi, ">1.2+a", "1.2+b", true),
            (Scheme::Pypi, "=1.2+b", "1.2", false),
            // dpkg and apk know no such leniency.
            (Scheme::Deb, "<=1.2", "1.2-3", false),
            (Scheme::Apk, "<=1.2", "1.2-r3", false),
        ] {
            assert_eq!(contains(range, scheme, version), Some(expected), "{version} in {range}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in ".*") {
            let _ = Range::parse(&text);
        }

        #[test]
        fn what_parses_answers(text in "([<>=|, ~]|[0-9]|\\.){0,24}", version in "[0-9]{1,2}(\\.[0-9]){0,2}") {
            if let Ok(range) = Range::parse(&text) {
                let _ = range.contains(Scheme::SemVer, &version);
            }
        }

        /// Against the definition, with bounds below, above and unreadable standing for true, false, unknown.
        #[test]
        fn the_logic_is_kleenes(terms in prop::collection::vec(prop::collection::vec(0_u8..3, 1..4), 1..4)) {
            let write = |term: &u8| ["<2", "<1", "<x"][usize::from(*term)];
            let text: Vec<String> = terms
                .iter()
                .map(|alternative| alternative.iter().map(write).collect::<Vec<_>>().join(","))
                .collect();
            // Kleene's values in their order: false, unknown, true. "And" is the least, "or" the greatest.
            let value = |term: &u8| [2_u8, 0, 1][usize::from(*term)];
            let expected = terms.iter().map(|a| a.iter().map(value).min().unwrap()).max().unwrap();
            let actual = contains(&text.join("||"), Scheme::SemVer, "1.0.0");
            prop_assert_eq!(actual, [Some(false), None, Some(true)][usize::from(expected)]);
        }
    }
}
