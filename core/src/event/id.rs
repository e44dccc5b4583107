//! The id of a record: the same record sent twice, or through two routes, is one.

use crate::hex;
use crate::time::Timestamp;
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;

/// The id of an event record: 16 bytes, printed as 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordId([u8; 16]);

/// What a record id is made of. Absent texts are `""`.
pub(super) struct RecordIdParts<'p> {
    pub(super) aggregation_key: &'p str,
    pub(super) decided_at: Timestamp,
    pub(super) node: &'p str,
    pub(super) pod_namespace: &'p str,
    pub(super) pod_name: &'p str,
    pub(super) container: &'p str,
    pub(super) occurrence: &'p str,
}

impl RecordId {
    /// The first 16 bytes of SHA-256 over the lines, each after the first a JSON string, so that no text can pretend
    /// to be two lines.
    pub(super) fn of(parts: &RecordIdParts<'_>) -> Self {
        let decided_at = parts.decided_at.to_string();
        let mut text = String::from("imagegate-record/1");
        for line in [
            parts.aggregation_key,
            &decided_at,
            parts.node,
            parts.pod_namespace,
            parts.pod_name,
            parts.container,
            parts.occurrence,
        ] {
            text.push('\n');
            crate::json::write_string(line, &mut text);
        }
        let mut id = [0; 16];
        for (slot, byte) in id.iter_mut().zip(Sha256::digest(text.as_bytes())) {
            *slot = byte;
        }
        Self(id)
    }

    /// The 16 bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::lower(&self.0))
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecordId({self})")
    }
}

impl Serialize for RecordId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_those_of_the_contract() {
        let parts = RecordIdParts {
            aggregation_key: "3e67de3a980d29302a8307756e4ae596",
            decided_at: Timestamp::parse("2026-11-24T06:00:00Z").unwrap(),
            node: "node-7",
            pod_namespace: "shop",
            pod_name: "a\"b\n",
            container: "",
            occurrence: "",
        };
        // printf 'imagegate-record/1\n"3e67…"\n"2026-11-24T06:00:00Z"\n"node-7"\n"shop"\n"a\\"b\\n"\n""\n""' | sha256sum
        assert_eq!(RecordId::of(&parts).to_string(), "45ea027fd6f8657851800c1bcd6bfac0");
    }
}
