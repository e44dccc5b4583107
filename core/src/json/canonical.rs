//! RFC 8785 (JSON Canonicalization Scheme), hashed.

use super::node::{Node, Number};
use sha2::{Digest, Sha256};

/// Lower-case hex SHA-256 of the RFC 8785 form of `node`, null members dropped.
pub(crate) fn canonical_sha256(node: &Node<'_>) -> String {
    let mut text = String::new();
    write(node, &mut text);
    crate::hex::lower(&Sha256::digest(text.as_bytes()))
}

fn write(node: &Node<'_>, out: &mut String) {
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
                write(item, out);
            }
            out.push(']');
        }
        Node::Object(members) => {
            let mut sorted: Vec<_> =
                members.iter().filter(|(_, value)| !matches!(value, Node::Null)).collect();
            sorted.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
            out.push('{');
            for (index, (key, value)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_string(key, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

/// Numbers are written as ECMAScript writes doubles.
fn write_number(number: Number, out: &mut String) {
    out.push_str(ryu_js::Buffer::new().format(number.as_f64()));
}

/// `text` as a JSON string in RFC 8785 form.
pub(crate) fn write_string(text: &str, out: &mut String) {
    // RFC 8785 escapes what JSON must escape, the way serde_json does; most texts need none of it.
    if !text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
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
        write(&super::super::parse(text.as_bytes(), &Limits::default()).unwrap(), &mut out);
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
}
