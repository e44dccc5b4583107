//! What holds against suppressing a finding, until something later says otherwise. Comparing each statement with each
//! other would let a large document take for ever.

use imagegate::Timestamp;

/// Where a statement stands: which document, which statement of it.
pub(super) type At = (usize, usize);

/// The statements that hold against suppressing, as far as a later one must be later than all of them.
#[derive(Default)]
pub(super) struct Open {
    all: Last,
    /// Those of an unknown time.
    timeless: Last,
    /// The latest time, and those of that time.
    latest: Option<(Timestamp, Last)>,
}

impl Open {
    pub(super) fn add(&mut self, at: At, time: Option<Timestamp>) {
        self.all.add(at);
        let Some(time) = time else { return self.timeless.add(at) };
        match &mut self.latest {
            Some((latest, _)) if *latest > time => {}
            Some((latest, last)) if *latest == time => last.add(at),
            _ => {
                let mut last = Last::default();
                last.add(at);
                self.latest = Some((time, last));
            }
        }
    }

    /// Whether a statement is known to be later than all of them: by its time, and where that is the same or unknown
    /// by its place in the document.
    pub(super) fn is_answered_by(&self, at: At, time: Option<Timestamp>) -> bool {
        let Some(time) = time else { return self.all.is_before(at) };
        let is_later =
            |(latest, last): &(Timestamp, Last)| time > *latest || (time == *latest && last.is_before(at));
        self.timeless.is_before(at) && self.latest.as_ref().is_none_or(is_later)
    }
}

/// The last of some statements.
#[derive(Default)]
enum Last {
    #[default]
    None,
    At(At),
    /// They are of several documents.
    Nowhere,
}

impl Last {
    fn add(&mut self, at: At) {
        *self = match *self {
            Self::None => Self::At(at),
            Self::At(last) if last.0 == at.0 => Self::At(last.max(at)),
            _ => Self::Nowhere,
        };
    }

    /// Whether `at` stands behind all of them, in one document.
    fn is_before(&self, at: At) -> bool {
        match *self {
            Self::None => true,
            Self::At(last) => last.0 == at.0 && last.1 < at.1,
            Self::Nowhere => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a statement is known to be later than another.
    fn is_later((at, time): (At, Option<Timestamp>), (other, other_time): (At, Option<Timestamp>)) -> bool {
        let by_place = at.0 == other.0 && at.1 > other.1;
        match (time, other_time) {
            (Some(time), Some(other)) if time != other => time > other,
            _ => by_place,
        }
    }

    #[test]
    fn what_is_open_is_answered_by_what_is_later_than_each() {
        let times = [None, Timestamp::from_unix(1, 0).ok(), Timestamp::from_unix(2, 0).ok()];
        let mut all: Vec<(At, Option<Timestamp>)> = Vec::new();
        for document in 0..2 {
            for place in 0..3 {
                all.extend(times.map(|time| ((document, place), time)));
            }
        }
        for one in &all {
            for two in &all {
                for three in &all {
                    let held = [*one, *two, *three];
                    let mut open = Open::default();
                    held.iter().for_each(|(at, time)| open.add(*at, *time));
                    for (at, time) in &all {
                        let expected = held.iter().all(|other| is_later((*at, *time), *other));
                        assert_eq!(open.is_answered_by(*at, *time), expected, "{at:?} {time:?} {held:?}");
                    }
                }
            }
        }
        assert!(Open::default().is_answered_by((0, 0), None));
    }
}
