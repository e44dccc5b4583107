//! Entries of a profile that say the same are one finding.

use super::{Malware, Sensitive, Vulnerability};
use crate::text_hash;

/// A finding, and a number that equal ones share and others mostly do not: comparing whole findings would cost more
/// than reading them did.
pub(super) trait Finding: Ord {
    fn hint(&self) -> u64;
}

impl Finding for Vulnerability {
    fn hint(&self) -> u64 {
        let package = self.package.as_ref();
        let name = package.and_then(|package| package.name.as_deref());
        let version = package.and_then(|package| package.version.as_deref());
        let path = package.and_then(|package| package.path.as_deref());
        mix([self.id.as_deref(), name, version, path])
    }
}

impl Finding for Malware {
    fn hint(&self) -> u64 {
        mix([self.path.as_deref(), self.md5.as_deref(), self.sha256.as_deref(), self.family.as_deref()])
    }
}

impl Finding for Sensitive {
    fn hint(&self) -> u64 {
        let line = u64::from(self.line.unwrap_or_default());
        mix([self.kind.as_deref(), self.path.as_deref(), None, None]).wrapping_add(line)
    }
}

fn mix(texts: [Option<&str>; 4]) -> u64 {
    texts
        .into_iter()
        .fold(0, |mixed: u64, text| mixed.rotate_left(17).wrapping_mul(3) ^ text.map_or(0, text_hash::exact))
}

/// Leaves out entries that are equal in all fields to an earlier one.
pub(super) fn unique<T: Finding>(entries: &mut Vec<T>) {
    let repeated = {
        let mut order: Vec<(u64, &T, usize)> =
            entries.iter().enumerate().map(|(at, entry)| (entry.hint(), entry, at)).collect();
        // Whole entries are compared where the hints are equal; sorting keeps that cheap even if all are.
        order.sort_unstable();
        let neighbours = order.iter().zip(order.iter().skip(1));
        let equal = neighbours.filter(|(left, right)| left.0 == right.0 && left.1 == right.1);
        equal.map(|(_, (_, _, at))| *at).collect::<Vec<usize>>()
    };
    if repeated.is_empty() {
        return;
    }
    let mut keep = vec![true; entries.len()];
    for at in repeated {
        if let Some(flag) = keep.get_mut(at) {
            *flag = false;
        }
    }
    let mut flags = keep.into_iter();
    entries.retain(|_| flags.next().unwrap_or(true));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_equal_entries_keeps_its_place() {
        let named =
            |kind: &str, line| Sensitive { kind: Some(kind.to_owned()), line, ..Sensitive::default() };
        let mut entries = vec![
            named("b", None),
            named("a", Some(1)),
            named("b", None),
            named("a", Some(2)),
            named("a", Some(1)),
            named("b", None),
        ];
        unique(&mut entries);
        assert_eq!(entries, [named("b", None), named("a", Some(1)), named("a", Some(2))]);
        unique(&mut entries);
        assert_eq!(entries.len(), 3);
    }

    #[test]
    fn entries_that_differ_beyond_their_hint_both_stay() {
        let cleaned = |class: &str| Malware { class: Some(class.to_owned()), ..Malware::default() };
        let mut entries = vec![cleaned("x"), cleaned("y"), cleaned("x")];
        unique(&mut entries);
        assert_eq!(entries, [cleaned("x"), cleaned("y")]);
    }
}
