//! What several tests over launches share.
#![allow(dead_code, reason = "each test uses its part")]

use imagegate::LaunchDocument;

/// The words in which Pod Security speaks of a request. Nearly every launch has some, so that they have tests of their
/// own (`words_of_pods.rs`) and others leave them out.
pub fn is_word_of_pods(fact: &str) -> bool {
    const PLAIN: [&str; 4] = ["capabilities_not_dropped", "seccomp_unset", "root_not_refused", "probe_host"];
    const WITH_TEXT: [&str; 6] =
        ["capability_added:", "selinux_type:", "selinux_user:", "selinux_role:", "sysctl:", "volume:"];
    PLAIN.contains(&fact) || WITH_TEXT.iter().any(|word| fact.starts_with(word))
}

/// The facts of a launch but for the words of Pod Security.
pub fn asked(document: &LaunchDocument) -> Vec<String> {
    document.privileges.iter().filter(|fact| !is_word_of_pods(fact)).cloned().collect()
}

/// All facts of a launch, in the order of their spelling.
pub fn sorted(document: &LaunchDocument) -> Vec<String> {
    let mut facts = document.privileges.clone();
    facts.sort();
    facts
}
