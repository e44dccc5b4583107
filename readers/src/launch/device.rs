//! Linux devices by number, as OCI runtimes name them: nodes to create, and rules of the device control group.

use super::docker::{Facts, push_new};
use crate::json::Place;
use imagegate::{Container, Error};
use std::collections::{BTreeMap, BTreeSet};

/// The character devices that every container has, by path and number.
const DEFAULTS: [(&str, i64, i64); 8] = [
    ("/dev/null", 1, 3),
    ("/dev/zero", 1, 5),
    ("/dev/full", 1, 7),
    ("/dev/random", 1, 8),
    ("/dev/urandom", 1, 9),
    ("/dev/tty", 5, 0),
    ("/dev/console", 5, 1),
    ("/dev/ptmx", 5, 2),
];

/// Pseudo terminals: every minor number is one.
const TERMINALS: i64 = 136;

/// `/dev/net/tun`, which runc and containerd let every container open without being asked. The rule alone makes no
/// node, and without `NET_ADMIN` the device does nothing.
const TUN: (i64, i64) = (10, 200);

/// What a rule is about: character and block devices have numbers of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Character,
    Block,
}

impl Kind {
    fn letter(self) -> char {
        match self {
            Self::Character => 'c',
            Self::Block => 'b',
        }
    }
}

/// Major and minor number; `None` is every one.
type Numbers = (Option<i64>, Option<i64>);

/// What is allowed of one kind of devices.
#[derive(Debug, Default)]
struct Allowed {
    /// The access that a rule for all devices of the kind grants.
    all: Option<String>,
    /// The access that rules for some of them grant.
    some: BTreeMap<Numbers, String>,
}

/// The devices of a configuration.
#[derive(Debug, Default)]
pub(super) struct Devices {
    nodes: BTreeSet<(Kind, Numbers)>,
    character: Allowed,
    block: Allowed,
    has_rules: bool,
}

impl Devices {
    /// Reads `linux.devices` and `linux.resources.devices`; nodes become facts at once.
    pub(super) fn read(
        linux: &Place<'_, '_>,
        facts: &mut Facts,
        container: &mut Container,
    ) -> Result<Self, Error> {
        let mut devices = Self::default();
        for node in linux.member("devices")?.items()? {
            devices.node(&node, facts, container)?;
        }
        for rule in linux.member("resources")?.member("devices")?.items()? {
            devices.rule(&rule)?;
        }
        Ok(devices)
    }

    /// Whether nothing keeps the container from any device: rules allow all of them, or there is no rule at all.
    pub(super) fn all_allowed(&self) -> bool {
        let full = |allowed: &Allowed| {
            allowed.all.as_ref().is_some_and(|access| access.contains('r') && access.contains('w'))
        };
        !self.has_rules || (full(&self.character) && full(&self.block))
    }

    /// A device node that the runtime makes.
    fn node(
        &mut self,
        node: &Place<'_, '_>,
        facts: &mut Facts,
        container: &mut Container,
    ) -> Result<(), Error> {
        let Some(path) = node.member("path")?.word()? else {
            return Err(node.error("missing_field", "a device has a `path`"));
        };
        let kind = match node.member("type")?.word()? {
            Some("b") => Kind::Block,
            // A named pipe is no device of the host.
            Some("p") => return Ok(()),
            _ => Kind::Character,
        };
        let numbers = (node.member("major")?.whole()?, node.member("minor")?.whole()?);
        self.nodes.insert((kind, numbers));
        let of_default_path = DEFAULTS.iter().any(|(known, _, _)| *known == path);
        match numbers {
            (Some(major), Some(minor)) if is_default(kind, major, minor) => return Ok(()),
            (Some(major), Some(minor)) => {
                // The path is the one in the container, and whoever starts it may choose it freely.
                if !of_default_path {
                    facts.state(format!("device:{path}"));
                }
                match host_path(kind, major, minor) {
                    Some(known) if known == path => {}
                    Some(known) => facts.infer(format!("device:{known}")),
                    None if of_default_path => facts.infer(format!("device:{}", spell(kind, numbers, "rwm"))),
                    None => {}
                }
            }
            _ if of_default_path => return Ok(()),
            _ => facts.state(format!("device:{path}")),
        }
        push_new(&mut container.devices, path.to_owned());
        Ok(())
    }

    /// A rule of the device control group. Later rules override earlier ones.
    fn rule(&mut self, rule: &Place<'_, '_>) -> Result<(), Error> {
        self.has_rules = true;
        let allow = rule.member("allow")?.flag()?.unwrap_or(false);
        let number = |name| Ok::<_, Error>(rule.member(name)?.whole()?.filter(|number| *number >= 0));
        let numbers = (number("major")?, number("minor")?);
        // Without an access a rule is about every access.
        let access = rule.member("access")?.word()?.unwrap_or("rwm");
        let kinds = match rule.member("type")?.word()? {
            Some("c" | "u") => [true, false],
            Some("b") => [false, true],
            _ => [true, true],
        };
        for (allowed, concerned) in [&mut self.character, &mut self.block].into_iter().zip(kinds) {
            if concerned {
                allowed.apply(allow, numbers, access);
            }
        }
        Ok(())
    }

    /// The devices that rules allow beyond the nodes and those of every container. A rule names no path, so that
    /// these facts are inferred.
    pub(super) fn tell(&self, facts: &mut Facts, container: &mut Container) {
        let mut tell = |device: String| {
            facts.infer(format!("device:{device}"));
            push_new(&mut container.devices, device);
        };
        match (&self.character.all, &self.block.all) {
            (Some(access), Some(of_block)) if access == of_block => tell(format!("a *:* {access}")),
            (character, block) => {
                for (kind, access) in [(Kind::Character, character), (Kind::Block, block)] {
                    if let Some(access) = access {
                        tell(spell(kind, (None, None), access));
                    }
                }
            }
        }
        for (kind, allowed) in [(Kind::Character, &self.character), (Kind::Block, &self.block)] {
            for (numbers, access) in &allowed.some {
                let known = match *numbers {
                    (Some(major), _) if kind == Kind::Character && major == TERMINALS => continue,
                    (Some(major), Some(minor)) => {
                        if is_default(kind, major, minor)
                            || (kind == Kind::Character && (major, minor) == TUN)
                        {
                            continue;
                        }
                        host_path(kind, major, minor)
                    }
                    _ => None,
                };
                if !self.nodes.contains(&(kind, *numbers)) {
                    tell(known.unwrap_or_else(|| spell(kind, *numbers, access)));
                }
            }
        }
    }
}

impl Allowed {
    fn apply(&mut self, allow: bool, numbers: Numbers, access: &str) {
        // Making a node (`m`) without opening it gives nothing.
        let opens = access.contains(['r', 'w']);
        let is_full = ['r', 'w'].into_iter().all(|letter| access.contains(letter));
        let all = numbers == (None, None);
        match (allow, all) {
            (true, true) if opens => add(self.all.get_or_insert_default(), access),
            (true, false) if opens => add(self.some.entry(numbers).or_default(), access),
            (false, true) if is_full => *self = Self::default(),
            (false, false) if is_full => {
                self.some.remove(&numbers);
            }
            _ => {}
        }
    }
}

/// Adds what a further rule allows.
fn add(allowed: &mut String, access: &str) {
    for letter in access.chars().filter(|letter| "rwm".contains(*letter)) {
        if !allowed.contains(letter) {
            allowed.push(letter);
        }
    }
}

/// A rule as the kernel writes it: `c 10:200 rwm`.
fn spell(kind: Kind, (major, minor): Numbers, access: &str) -> String {
    let number = |number: Option<i64>| number.map_or_else(|| "*".to_owned(), |number| number.to_string());
    format!("{} {}:{} {access}", kind.letter(), number(major), number(minor))
}

fn is_default(kind: Kind, major: i64, minor: i64) -> bool {
    kind == Kind::Character
        && (major == TERMINALS || DEFAULTS.iter().any(|(_, x, y)| (*x, *y) == (major, minor)))
}

/// Where a device with a number of its own is on a Linux host.
fn host_path(kind: Kind, major: i64, minor: i64) -> Option<String> {
    let fixed = match (kind, major, minor) {
        (Kind::Character, 1, 1) => "/dev/mem",
        (Kind::Character, 1, 2) => "/dev/kmem",
        (Kind::Character, 1, 4) => "/dev/port",
        (Kind::Character, 1, 11) => "/dev/kmsg",
        (Kind::Character, 10, 200) => "/dev/net/tun",
        (Kind::Character, 10, 229) => "/dev/fuse",
        (Kind::Character, 10, 232) => "/dev/kvm",
        (Kind::Character, 10, 237) => "/dev/loop-control",
        (Kind::Block, 7, loop_device) => return Some(format!("/dev/loop{loop_device}")),
        // 16 disks with 15 partitions each.
        (Kind::Block, 8, minor) => {
            let disk = char::from(b'a'.checked_add(u8::try_from(minor.checked_div(16)?).ok()?)?);
            let partition = minor.checked_rem(16)?;
            return Some(match partition {
                _ if !disk.is_ascii_lowercase() => return None,
                0 => format!("/dev/sd{disk}"),
                _ => format!("/dev/sd{disk}{partition}"),
            });
        }
        _ => return None,
    };
    Some(fixed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Node, read};
    use imagegate::ErrorKind;

    /// Whether everything is allowed, and the facts, with `~` before inferred ones.
    fn facts(text: &str) -> (bool, Vec<String>) {
        let node: Node<'_> = read(text, ErrorKind::InvalidLaunch).unwrap();
        let (mut facts, mut container) = (Facts::default(), Container::default());
        let devices = Devices::read(&Place::root(text, &node), &mut facts, &mut container).unwrap();
        devices.tell(&mut facts, &mut container);
        let (all, inferred) = facts.into_lists();
        let told = all
            .into_iter()
            .map(|fact| if inferred.contains(&fact) { format!("~{fact}") } else { fact })
            .collect();
        (devices.all_allowed(), told)
    }

    fn rules(rules: &str) -> (bool, Vec<String>) {
        facts(&format!(r#"{{"resources": {{"devices": [{rules}]}}}}"#))
    }

    #[test]
    fn nodes_are_known_by_path_and_by_number() {
        let nodes = |nodes: &str| facts(&format!(r#"{{"devices": [{nodes}]}}"#)).1;
        assert!(nodes(r#"{"path": "/dev/null", "type": "c", "major": 1, "minor": 3}"#).is_empty());
        assert!(nodes(r#"{"path": "/dev/tty"}, {"path": "/run/pipe", "type": "p"}"#).is_empty());
        assert_eq!(
            nodes(r#"{"path": "/dev/fuse", "type": "c", "major": 10, "minor": 229}"#),
            ["device:/dev/fuse"]
        );
        assert_eq!(
            nodes(r#"{"path": "/dev/x", "type": "b", "major": 8, "minor": 17}"#),
            ["device:/dev/x", "~device:/dev/sdb1"]
        );
        // The name of a harmless device hides nothing.
        assert_eq!(
            nodes(r#"{"path": "/dev/null", "type": "b", "major": 8, "minor": 0}"#),
            ["~device:/dev/sda"]
        );
        assert_eq!(
            nodes(r#"{"path": "/dev/null", "type": "c", "major": 195, "minor": 0}"#),
            ["~device:c 195:0 rwm"]
        );
        assert_eq!(nodes(r#"{"path": "/dev/odd"}"#), ["device:/dev/odd"]);
    }

    #[test]
    fn rules_apply_in_their_order() {
        let deny = r#"{"allow": false, "access": "rwm"}"#;
        let allow = r#"{"allow": true, "access": "rwm"}"#;
        assert_eq!(rules(deny), (false, vec![]));
        assert_eq!(rules(""), (true, vec![]));
        assert_eq!(rules(allow), (true, vec!["~device:a *:* rwm".to_owned()]));
        assert_eq!(rules(&format!("{allow}, {deny}")), (false, vec![]));
        let both = r#"{"allow": true, "type": "c", "major": -1, "minor": -1, "access": "rw"},
                      {"allow": true, "type": "b", "access": "rwm"}"#;
        let expected = vec!["~device:c *:* rw".to_owned(), "~device:b *:* rwm".to_owned()];
        assert_eq!(rules(both), (true, expected));
        let read_only = r#"{"allow": true, "type": "a", "access": "r"}"#;
        assert_eq!(rules(read_only), (false, vec!["~device:a *:* r".to_owned()]));
        let make_only =
            r#"{"allow": true, "type": "c", "access": "m"}, {"allow": true, "type": "b", "access": "m"}"#;
        assert_eq!(rules(make_only), (false, vec![]));
    }

    #[test]
    fn rules_name_what_no_node_names() {
        assert_eq!(
            rules(
                r#"{"allow": false, "access": "rwm"},
                   {"allow": true, "type": "c", "major": 1, "minor": 3, "access": "rwm"},
                   {"allow": true, "type": "c", "major": 136, "access": "rwm"},
                   {"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rwm"},
                   {"allow": true, "type": "c", "major": 10, "minor": 229, "access": "rwm"},
                   {"allow": false, "type": "c", "major": 10, "minor": 229, "access": "rwm"},
                   {"allow": true, "type": "b", "major": 8, "minor": 0, "access": "r"},
                   {"allow": true, "type": "c", "major": 195, "access": "rw"}"#
            )
            .1,
            ["~device:c 195:* rw", "~device:/dev/sda"]
        );
        assert_eq!(
            facts(
                r#"{"devices": [{"path": "/dev/nvidia0", "type": "c", "major": 195, "minor": 0}],
                    "resources": {"devices": [{"allow": true, "type": "c", "major": 195, "minor": 0, "access": "rwm"}]}}"#
            )
            .1,
            ["device:/dev/nvidia0"]
        );
    }
}
