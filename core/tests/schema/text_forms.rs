//! Texts that have a form of their own: times, hashes, names, globs, version ranges.

use super::random::Random;
use super::*;

/// A place of a document whose text has a form of its own.
struct Slot {
    kind: Kind,
    pointer: &'static str,
    /// Texts that are right there, to start from.
    seeds: &'static [&'static str],
    /// What is put in and appended.
    pieces: &'static [&'static str],
}

const GLOB_PIECES: &[&str] = &["*", "**", "?", "\\", "[", "]", "{", "}", "/", "a", "é", "\n", ".", "@"];
const TIME_PIECES: &[&str] =
    &["0", "1", "2", "3", "9", "-", ":", ".", "T", "t", "Z", "z", "+", " ", "02-29", "60", "24"];
const HASH_PIECES: &[&str] =
    &["0", "a", "F", "g", "sha256:", "SHA256:", "Sha512:", "@", "r.io/x", ":", "/", " ", "\n"];
const NAME_PIECES: &[&str] = &[
    "a", "A", "/", ":", "@", ".", "5000", "r.io", "é", " ", "\t", "\u{85}", "\u{a0}", "\u{2028}", "\u{feff}",
    "\u{200b}",
];
const PRIVILEGE_PIECES: &[&str] = &[
    "privileged",
    "host_pid",
    "capability:",
    "host_path:",
    "device:",
    "CAP_",
    "cap_",
    "SYS_ADMIN",
    "sys_Time",
    "ALL",
    "/",
    "a",
    "*",
    "**",
    "\\",
    "[",
    ":",
    " ",
    "\n",
    "e",
];
const RANGE_PIECES: &[&str] = &[
    "<", "<=", ">", ">=", "=", ",", "|", "||", " ", "1.0", "a", "~", "^", "!", "\t", "\u{a0}", "\u{7f}", "-",
    "*",
];
const HASHES: &[&str] = &[
    "b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "44d88612fea8a8f36de82e1278abb02f",
    "",
];
const TIMES: &[&str] =
    &["2026-11-24T06:00:00Z", "2024-02-28T23:59:59.123456789+14:30", "9999-12-31T23:59:59.9z"];
const NAMES: &[&str] = &[
    "nginx",
    "r.io:5000/a/b:1",
    "r.io/a:1@sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    "",
];

const fn policy(
    pointer: &'static str,
    seeds: &'static [&'static str],
    pieces: &'static [&'static str],
) -> Slot {
    Slot { kind: Kind::Policy, pointer, seeds, pieces }
}

const fn profile(
    pointer: &'static str,
    seeds: &'static [&'static str],
    pieces: &'static [&'static str],
) -> Slot {
    Slot { kind: Kind::Profile, pointer, seeds, pieces }
}

const fn launch(
    pointer: &'static str,
    seeds: &'static [&'static str],
    pieces: &'static [&'static str],
) -> Slot {
    Slot { kind: Kind::Launch, pointer, seeds, pieces }
}

const SLOTS: [Slot; 24] = [
    policy(
        "/day_utc_offset",
        &["+08:00", "-14:00", "+13:59"],
        &["0", "1", "4", "5", "6", "9", "+", "-", ":", " "],
    ),
    policy("/policies/0/id", &["a", ""], &["a", "Z", "0", ".", "_", "-", " ", "\n", "é", "/", "~"]),
    policy("/policies/0/enabled_at", TIMES, TIME_PIECES),
    policy("/policies/0/scope/images/names/0", &["a/**", ""], GLOB_PIECES),
    policy("/policies/0/scope/images/ids/0", HASHES, HASH_PIECES),
    policy("/policies/0/scope/images/digests/0", HASHES, HASH_PIECES),
    policy("/policies/0/scope/nodes/0", &["a*", ""], GLOB_PIECES),
    policy(
        "/policies/0/scope/privileges/0",
        &["", "host_path:/", "device:**", "capability:"],
        PRIVILEGE_PIECES,
    ),
    policy(
        "/policies/0/criteria/vulnerabilities/packages/0/range",
        &["<1", ">=1.0, <2 || =3", ""],
        RANGE_PIECES,
    ),
    policy("/policies/0/criteria/malware/md5/0", HASHES, HASH_PIECES),
    policy("/policies/0/criteria/malware/sha256/0", HASHES, HASH_PIECES),
    policy("/policies/0/criteria/malware/families/0", &["a", ""], GLOB_PIECES),
    policy("/policies/0/exceptions/0/images/0", HASHES, HASH_PIECES),
    policy("/policies/0/exceptions/0/images/0", &["", "sha256", "sha256:"], GLOB_PIECES),
    policy("/policies/0/exceptions/0/paths/0", &["", "/", "**"], GLOB_PIECES),
    profile("/image/id", HASHES, HASH_PIECES),
    profile("/image/digests/0", HASHES, HASH_PIECES),
    profile("/image/names/0", NAMES, NAME_PIECES),
    profile("/vulnerabilities/0/epss/date", &["2026-11-23", "2026-02-28", "0000-12-31"], TIME_PIECES),
    profile("/malware/0/md5", HASHES, HASH_PIECES),
    profile("/scan/scanned_at", TIMES, TIME_PIECES),
    launch("/image/reference", NAMES, NAME_PIECES),
    launch("/privileges/0", &["", "host_path:", "capability:"], PRIVILEGE_PIECES),
    launch("/container/environment/0", &["PATH", ""], &["A", "=", "\n", " ", "é"]),
];

#[test]
fn every_form_of_text_is_read_alike() {
    for (number, slot) in SLOTS.iter().enumerate() {
        let mut checker = Checker::new(slot.kind);
        let mut random = Random(u64::try_from(number).unwrap());
        let [mut document, _] = slot.kind.documents();
        if slot.kind == Kind::Policy {
            document["policies"].as_array_mut().unwrap().truncate(1);
        }
        if slot.kind == Kind::Launch {
            document["inferred"] = json!([]);
        }
        for _ in 0..1_000 {
            let mut text: Vec<char> = random.pick(slot.seeds).chars().collect();
            for _ in 0..random.below(6) {
                let piece = random.pick(slot.pieces).chars();
                // Towards the ends, where more rules are.
                let at = match random.below(3) {
                    0 => text.len(),
                    1 => 0,
                    _ => random.below(text.len() + 1),
                };
                let end = text.len().min(at + [0, 0, 0, 1][random.below(4)]);
                text.splice(at..end, piece);
            }
            if random.below(4) == 0 && !text.is_empty() {
                text.remove(random.below(text.len()));
            }
            let text: String = text.into_iter().collect();
            // `..` takes away the component before it, whatever that is.
            if text.contains("..") {
                continue;
            }
            let what = format!("{} = {text:?}", slot.pointer);
            *document.pointer_mut(slot.pointer).unwrap() = text.into();
            checker.check(&document, &what);
        }
        checker.finish(10);
    }
}
