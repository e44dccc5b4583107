//! Capabilities that a request adds to the default set, and those that it drops from it.

use super::docker::{DEFAULT_CAPABILITIES, Facts};

/// A name among those to add: what it is beyond the default set, and that it is named at all. Policies that are about
/// the request itself, as Pod Security is, refuse to have even some of the default set added, and compare spellings.
pub(super) fn added(name: &str, facts: &mut Facts) {
    if name.is_empty() {
        return;
    }
    let upper = name.to_ascii_uppercase();
    let bare = upper.strip_prefix("CAP_").filter(|rest| !rest.is_empty()).unwrap_or(&upper);
    if !DEFAULT_CAPABILITIES.contains(&bare) {
        facts.state(format!("capability:{bare}"));
    }
    facts.state(format!("capability_added:{name}"));
}

/// Whether a list of names says all of them.
pub(super) fn is_all(names: &[&str]) -> bool {
    names.iter().any(|name| name.eq_ignore_ascii_case("ALL"))
}
