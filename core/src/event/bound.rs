//! Bounds on what a record keeps: half a year of events must not grow with what somebody writes into a launch.

use crate::launch::{Container, LaunchDocument, Node, Privilege};

/// Longest name, version or path, in characters.
pub(super) const SHORT: usize = 256;
/// Longest argument, mount or reason, in characters.
pub(super) const LONG: usize = 1_024;
/// Longest description or advice, in characters.
pub(super) const TEXT: usize = 2_048;
/// Most entries of a list of a launch.
const ITEMS: usize = 64;

/// Cuts, and remembers whether it did.
#[derive(Default)]
pub(super) struct Bound {
    pub(super) has_cut: bool,
}

impl Bound {
    /// The text, or its beginning and `…`, at most `limit` characters in all.
    pub(super) fn text(&mut self, text: &str, limit: usize) -> String {
        // Bytes are at least as many as characters: most texts are done here.
        if text.len() <= limit || text.chars().nth(limit).is_none() {
            return text.to_owned();
        }
        self.has_cut = true;
        text.chars().take(limit.saturating_sub(1)).chain(['…']).collect()
    }

    pub(super) fn optional(&mut self, text: &Option<String>, limit: usize) -> Option<String> {
        text.as_deref().map(|text| self.text(text, limit))
    }

    /// The node with bounded names.
    pub(super) fn node(&mut self, node: &Node) -> Node {
        Node {
            name: self.optional(&node.name, LONG),
            cluster: self.optional(&node.cluster, LONG),
            internal_ip: self.optional(&node.internal_ip, SHORT),
            public_ip: self.optional(&node.public_ip, SHORT),
        }
    }

    fn list(&mut self, items: &[String], mut each: impl FnMut(&mut Self, &str) -> String) -> Vec<String> {
        self.has_cut |= items.len() > ITEMS;
        items.iter().take(ITEMS).map(|item| each(self, item)).collect()
    }

    /// The launch with bounded lists and texts. Commands are masked already; of the environment only names are kept.
    pub(super) fn launch(&mut self, launch: &LaunchDocument) -> LaunchDocument {
        let container = &launch.container;
        let long = |bound: &mut Self, item: &str| bound.text(item, LONG);
        let privileges = self.facts(&launch.privileges);
        let inferred = launch.inferred.iter().filter(|fact| is_among(fact, &privileges)).cloned().collect();
        let mut bounded = LaunchDocument {
            image: launch.image.clone(),
            container: Container {
                name: self.optional(&container.name, LONG),
                kind: container.kind,
                command: self.list(&container.command, long),
                user: self.optional(&container.user, SHORT),
                environment: self.list(&container.environment, |bound, item| {
                    let name = item.split_once('=').map_or(item, |(name, _)| name);
                    bound.text(name, SHORT)
                }),
                mounts: self.list(&container.mounts, long),
                devices: self.list(&container.devices, long),
                ports: self.list(&container.ports, long),
            },
            privileges,
            inferred,
            node: self.node(&launch.node),
            pod: launch.pod.clone(),
        };
        for name in [&mut bounded.pod.namespace, &mut bounded.pod.name] {
            *name = self.optional(name, LONG);
        }
        bounded
    }

    /// A fact that is cut would be another fact: long ones are left out.
    fn facts(&mut self, facts: &[String]) -> Vec<String> {
        let kept: Vec<String> = facts.iter().filter(|fact| fact.len() <= LONG).take(ITEMS).cloned().collect();
        self.has_cut |= kept.len() < facts.len();
        kept
    }
}

fn is_among(fact: &str, privileges: &[String]) -> bool {
    // A fact has several spellings.
    let parsed = Privilege::parse_fact(fact);
    parsed.is_ok_and(|fact| privileges.iter().any(|text| Privilege::parse_fact(text).as_ref() == Ok(&fact)))
}
