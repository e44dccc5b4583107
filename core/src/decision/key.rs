//! The aggregation key, which any database or language can recompute.

use super::{Action, EventType};
use crate::error::{Error, ErrorKind, quote};
use crate::hex::is_hex;
use sha2::{Digest, Sha256};
use std::fmt;

/// An aggregation key: 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AggregationKey([u8; 32]);

impl AggregationKey {
    /// The first 16 bytes of SHA-256 over six lines.
    pub(crate) fn of(day: &str, action: Action, event_type: EventType, policy_id: &str, image: &str) -> Self {
        let mut digits = [b'0'; 32];
        let text = hash(day, action, event_type, policy_id, image);
        for (digit, byte) in digits.iter_mut().zip(text.bytes()) {
            *digit = byte;
        }
        Self(digits)
    }

    /// Reads 32 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// `invalid_argument` for anything else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let is_key = is_hex(text, 32) && !text.bytes().any(|byte| byte.is_ascii_uppercase());
        match <[u8; 32]>::try_from(text.as_bytes()) {
            Ok(digits) if is_key => Ok(Self(digits)),
            _ => Err(Error::new(
                ErrorKind::InvalidArgument,
                "invalid_key",
                format!("{} is no aggregation key: it has 32 lower-case hexadecimal digits", quote(text)),
            )),
        }
    }

    /// The key of its 16 bytes.
    pub fn from_bytes(bytes: &[u8; 16]) -> Self {
        let mut digits = [b'0'; 32];
        for (digit, character) in digits.iter_mut().zip(crate::hex::lower(bytes).bytes()) {
            *digit = character;
        }
        Self(digits)
    }

    /// The 16 bytes that the digits stand for.
    pub fn to_bytes(&self) -> [u8; 16] {
        let value = |digit: u8| match digit {
            b'0'..=b'9' => digit.wrapping_sub(b'0'),
            _ => digit.wrapping_sub(b'a').wrapping_add(10),
        };
        let mut bytes = [0; 16];
        for (byte, [high, low]) in bytes.iter_mut().zip(self.0.as_chunks::<2>().0) {
            *byte = (value(*high) << 4) | value(*low);
        }
        bytes
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        // Hexadecimal digits are always UTF-8.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for AggregationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for AggregationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AggregationKey({})", self.as_str())
    }
}

fn hash(day: &str, action: Action, event_type: EventType, policy_id: &str, image: &str) -> String {
    let mut hasher = Sha256::new();
    for (number, line) in
        ["imagegate/1", day, action.as_str(), event_type.as_str(), policy_id, image].into_iter().enumerate()
    {
        if number > 0 {
            hasher.update(b"\n");
        }
        hasher.update(line.as_bytes());
    }
    crate::hex::lower(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_bytes() {
        let key = AggregationKey::parse("3e67de3a980d29302a8307756e4ae596").unwrap();
        assert_eq!(key.to_bytes()[..3], [0x3e, 0x67, 0xde]);
        assert_eq!(AggregationKey::from_bytes(&key.to_bytes()), key);
        for wrong in ["", "3E67de3a980d29302a8307756e4ae596", "3e67", "3e67de3a980d29302a8307756e4ae59g"] {
            assert_eq!(AggregationKey::parse(wrong).unwrap_err().code(), "invalid_key", "{wrong}");
        }
    }

    #[test]
    fn the_contract_s_example() {
        let image = "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";
        let key =
            |action, event_type, policy| AggregationKey::of("2026-11-24", action, event_type, policy, image);
        assert_eq!(
            key(Action::Intercept, EventType::PrivilegedImage, "privileged").as_str(),
            "3e67de3a980d29302a8307756e4ae596"
        );
        assert_eq!(
            key(Action::Alarm, EventType::RiskyImage, "fixable-critical").as_str(),
            "6d95e4baab028e671255047334a7455d"
        );
    }
}
