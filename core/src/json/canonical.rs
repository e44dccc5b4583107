//! RFC 8785 (JSON Canonicalization Scheme), hashed.

use super::node::{Member, Node, Number};
use sha2::{Digest, Sha256};
use std::cmp::Ordering;

/// Lower-case hex SHA-256 of the RFC 8785 form of `node`, null members dropped.
pub(crate) fn canonical_sha256(node: &Node<'_>) -> String {
    let mut hash = Sha256::new();
    let mut text = String::with_capacity(2 * PIECE);
    write(node, &mut text, &mut |text| {
        // In pieces that stay in the processor's cache; the whole text is as large as the document.
        if text.len() >= PIECE {
            hash.update(text.as_bytes());
            text.clear();
        }
    });
    hash.update(text.as_bytes());
    crate::hex::lower(&hash.finalize())
}

const PIECE: usize = 8 * 1024;

/// Appends `node` to `out`; `passed_on` may take from it what has been written so far.
fn write(node: &Node<'_>, out: &mut String, passed_on: &mut impl FnMut(&mut String)) {
    match node {
        Node::Null => out.push_str("null"),
        Node::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Node::Number(number) => write_number(*number, out),
        Node::String(text) => write_string(text, out),
        Node::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out, passed_on);
            }
            out.push(']');
        }
        Node::Object(members) => {
            out.push('{');
            if is_in_order(members) {
                write_members(members.iter(), out, passed_on);
            } else {
                let mut sorted: Vec<_> = members.iter().collect();
                sorted.sort_by(|(left, _), (right, _)| compare(left, right));
                write_members(sorted.into_iter(), out, passed_on);
            }
            out.push('}');
        }
    }
    passed_on(out);
}

fn write_members<'n, 'a: 'n>(
    members: impl Iterator<Item = &'n Member<'a>>,
    out: &mut String,
    passed_on: &mut impl FnMut(&mut String),
) {
    let mut is_first = true;
    for (key, value) in members {
        if matches!(value, Node::Null) {
            continue;
        }
        if !is_first {
            out.push(',');
        }
        is_first = false;
        write_string(key, out);
        out.push(':');
        write(value, out, passed_on);
    }
}

fn is_in_order(members: &[Member<'_>]) -> bool {
    members.is_sorted_by(|(left, _), (right, _)| compare(left, right) != Ordering::Greater)
}

/// The order of UTF-16 code units. It differs from the order of UTF-8 only between characters beyond U+FFFF, which
/// UTF-16 writes as surrogates, and those from U+E000 on; both begin with a byte of 0xEE or more.
fn compare(left: &str, right: &str) -> Ordering {
    match left.bytes().zip(right.bytes()).find(|(left, right)| left != right) {
        None => left.len().cmp(&right.len()),
        Some((left, right)) if left < 0xEE || right < 0xEE => left.cmp(&right),
        Some(_) => left.encode_utf16().cmp(right.encode_utf16()),
    }
}

/// Numbers are written as ECMAScript writes doubles.
fn write_number(number: Number, out: &mut String) {
    out.push_str(ryu_js::Buffer::new().format(number.as_f64()));
}

/// `text` as a JSON string in RFC 8785 form.
pub(crate) fn write_string(text: &str, out: &mut String) {
    // RFC 8785 escapes what JSON must escape, the way serde_json does; most texts need none of it.
    // Looking at every byte, whatever came before, is what a processor does many bytes at a time.
    let is_plain = |byte: u8| (byte >= 0x20) & (byte != b'"') & (byte != b'\\');
    if text.bytes().fold(true, |plain, byte| plain & is_plain(byte)) {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn canonical(text: &str) -> String {
        let mut out = String::new();
        let node = super::super::node::parse(text.as_bytes(), &Limits::default()).unwrap();
        write(&node, &mut out, &mut |_| {});
        out
    }

    #[test]
    fn numbers_strings_and_members_as_rfc_8785_writes_them() {
        assert_eq!(
            canonical(r#"{"b": 9.0, "a": [1e21, 1E-7, -0.0, 333333333.33333329, 4.50]}"#),
            r#"{"a":[1e+21,1e-7,0,333333333.3333333,4.5],"b":9}"#
        );
        assert_eq!(
            canonical(r#"{"\u20ac": "\u000f\n\"\\/\u00e9", "\ud83d\ude00": 1, "\ufb33": 2, "n": null}"#),
            "{\"\u{20ac}\":\"\\u000f\\n\\\"\\\\/\u{e9}\",\"\u{1f600}\":1,\"\u{fb33}\":2}"
        );
    }

    #[test]
    fn members_are_ordered_as_utf_16_is() {
        let names = [
            "",
            "a",
            "ab",
            "b",
            "~",
            "\u{7f}",
            "\u{e9}",
            "\u{20ac}",
            "\u{d7ff}",
            "\u{1f600}",
            "\u{10ffff}",
            "\u{e000}",
            "\u{fb33}",
            "\u{ffff}",
            "\u{ffff}a",
        ];
        for (at, left) in names.iter().enumerate() {
            for (other, right) in names.iter().enumerate() {
                assert_eq!(compare(left, right), at.cmp(&other), "{left:?} {right:?}");
                assert_eq!(compare(left, right), left.encode_utf16().cmp(right.encode_utf16()));
            }
        }
    }

    #[test]
    fn a_long_document_is_hashed_whole() {
        let items: Vec<String> =
            (0..5_000).map(|number| format!(r#"{{"b": "text {number}", "a": null}}"#)).collect();
        let text = format!("[{}]", items.join(", "));
        let written = canonical(&text);
        assert!(written.len() > 4 * PIECE);
        let node = super::super::node::parse(text.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(canonical_sha256(&node), crate::hex::lower(&Sha256::digest(written)));
    }
}
