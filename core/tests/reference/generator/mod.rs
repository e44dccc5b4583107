//! Random documents that are valid, skewed to boundaries and to what matches.

mod launches;
mod policies;
pub mod profiles;
mod random;
mod words;

use super::time::{self, DAY, Instant};
pub use random::Random;
use serde_json::{Map, Value};

/// A policy set and a profile, and what is asked about them, one after the other.
#[derive(Clone, Debug)]
pub struct Case {
    pub policies: Value,
    /// `None`: nobody scanned the image.
    pub profile: Option<Value>,
    pub questions: Vec<Question>,
}

/// One launch at one instant.
#[derive(Clone, Debug)]
pub struct Question {
    pub launch: Value,
    pub now: String,
}

/// The case with this number.
pub fn case(seed: u64) -> Case {
    made(Random::new(seed))
}

/// The case that these bytes choose.
#[allow(dead_code, reason = "for fuzzing")]
pub fn case_of(bytes: &[u8]) -> Case {
    made(Random::of(bytes))
}

fn made(random: Random) -> Case {
    let mut make = Make { random, now: Instant { seconds: 0, nanos: 0 }, delay: 0 };
    let days = [(2026, 11, 24), (2026, 12, 31), (2027, 1, 1), (2028, 2, 29), (2027, 3, 1)];
    let (year, month, day) = make.random.pick(&days);
    let midnight = time::days_from_civil(year, month, day) * DAY;
    let offset = make.random.pick(&["+00:00", "+08:00", "-05:30", "+14:00", "-14:00"]);
    make.now = Instant { seconds: midnight - time::parse_offset(offset), nanos: 0 };
    if make.random.chance(50) {
        make.now = make.now.plus_seconds(make.random.between(0, DAY - 1));
    }
    make.now = make.now.plus_nanos(make.random.pick(&[0, 0, 0, 1, -1, 500_000_000]));
    make.delay = make.random.pick(&[0, 0, 180, 3600]);
    let policies = make.policy_set(offset);
    let (launch, profile) = make.launch_and_profile();
    let mut questions = vec![make.question(&launch)];
    while make.random.chance(75) {
        // The same assessment answers for other launches of the image and for other instants, earlier ones too.
        let days = make.random.pick(&[0, 0, 1, -1, 7, -7, 30]);
        make.now = make.near(make.now.plus_days(days));
        let launch = make.another_launch(&launch);
        questions.push(make.question(&launch));
    }
    Case { policies, profile, questions }
}

/// Makes parts of one case.
struct Make {
    random: Random,
    /// The instant of the decision.
    now: Instant,
    /// Seconds from switching a policy on until it is active.
    delay: i64,
}

impl Make {
    fn question(&mut self, launch: &Value) -> Question {
        let now = self.spelled(self.now);
        Question { launch: launch.clone(), now: now.as_str().unwrap().to_owned() }
    }

    /// An optional member of a policy document: often absent, at times null.
    fn optional(
        &mut self,
        members: &mut Map<String, Value>,
        name: &str,
        percent: usize,
        make: impl FnOnce(&mut Self) -> Value,
    ) {
        if self.random.chance(percent) {
            let value = make(self);
            members.insert(name.to_owned(), value);
        } else if self.random.chance(15) {
            members.insert(name.to_owned(), Value::Null);
        }
    }

    /// As [`Make::optional`], for a list in a policy document, where empty is absent too.
    fn optional_list(
        &mut self,
        members: &mut Map<String, Value>,
        name: &str,
        percent: usize,
        make: impl FnOnce(&mut Self) -> Value,
    ) {
        self.optional(members, name, percent, make);
        if members.get(name).is_none_or(Value::is_null) && self.random.chance(20) {
            members.insert(name.to_owned(), Value::Array(Vec::new()));
        }
    }

    /// One to `most` words.
    fn words(&mut self, words: &[&str], most: usize) -> Value {
        self.random.some(words, most).into()
    }

    /// One to `most` words, in any case.
    fn words_in_any_case(&mut self, words: &[&str], most: usize) -> Value {
        let words = self.random.some(words, most);
        words.into_iter().map(|word| self.random.case(word)).collect::<Vec<_>>().into()
    }

    /// An instant at, just beside or near a boundary.
    fn near(&mut self, boundary: Instant) -> Instant {
        match self.random.below(10) {
            0..4 => boundary,
            4 => boundary.plus_nanos(1),
            5 => boundary.plus_nanos(-1),
            6 => boundary.plus_seconds(self.random.between(-1, 1)),
            _ => boundary.plus_seconds(self.random.between(-3 * DAY, 3 * DAY)),
        }
    }

    /// An instant, spelled with any offset and precision that RFC 3339 allows.
    fn spelled(&mut self, instant: Instant) -> Value {
        let offset = self.random.pick(&["Z", "Z", "Z", "z", "+00:00", "+05:30", "-11:00", "+14:00"]);
        let ahead = if offset.eq_ignore_ascii_case("z") { 0 } else { time::parse_offset(offset) };
        let mut text = time::format(instant.plus_seconds(ahead));
        text.truncate(text.len() - 1);
        match (instant.nanos, self.random.below(10)) {
            (0, 0) => text.push_str(".0"),
            (0, 1) => text.push_str(".000000000"),
            _ => {}
        }
        if self.random.chance(10) {
            text = text.replace('T', "t");
        }
        Value::String(text + offset)
    }
}
