//! The small cases: each is read, or refused with its code in one bounded line.

use imagegate_hostile::cases;

#[test]
fn the_small_cases_are_read_or_refused_as_expected() {
    let mut wrong = Vec::new();
    for case in cases().filter(|case| case.is_quick) {
        if let Err(error) = case.judge(&(case.read)(&(case.make)())) {
            wrong.push(error);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[allow(clippy::arithmetic_side_effects, reason = "a test")]
fn names_are_unique() {
    for (index, case) in cases().enumerate() {
        assert!(cases().skip(index + 1).all(|other| other.name != case.name), "{}", case.name);
    }
}
