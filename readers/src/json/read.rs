//! Typed reading with serde, and its errors in our words.

use super::locate::pointer_at;
use imagegate::{Error, ErrorKind, Position, quote};
use serde::Deserialize;
use serde_json::error::Category;

/// Reads `text` as a `T`. Values of another type than `T` says are errors of `kind`.
pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str, kind: ErrorKind) -> Result<T, Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    T::deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| explain(text, &error, kind))
}

fn explain(text: &str, error: &serde_json::Error, kind: ErrorKind) -> Error {
    let message = error.to_string();
    // serde_json appends " at line 1 column 2"; the position is a field of its own here.
    let plain = message.rsplit_once(" at line ").map_or(message.as_str(), |(before, _)| before);
    let offset = offset_of(text.as_bytes(), error.line(), error.column());
    if error.classify() == Category::Data {
        return wrong_data(text, offset, plain, kind);
    }
    let position = Position::of_offset(text.as_bytes(), offset.saturating_sub(1));
    if plain.contains("recursion limit") {
        return Error::new(ErrorKind::LimitExceeded, "too_deep", "the document nests deeper than 128 levels")
            .with_position(position);
    }
    let hint = if error.is_eof() { " (the document is cut off)" } else { "" };
    Error::new(ErrorKind::Syntax, "syntax", format!("not valid JSON: {plain}{hint}")).with_position(position)
}

fn wrong_data(text: &str, offset: usize, plain: &str, kind: ErrorKind) -> Error {
    let (pointer, start) = pointer_at(text, offset);
    let position = Position::of_offset(text.as_bytes(), start);
    if let Some(name) = plain.strip_prefix("duplicate field ") {
        let message = format!("the member {name} is given more than once");
        return Error::at(kind, "duplicate_key", pointer, message).with_position(position);
    }
    // The types of this crate say what they expect in the words of JSON; serde's own words are translated, so
    // that no Rust type shows.
    let expected = match plain.rsplit_once("expected ").map(|(_, expected)| expected) {
        Some("a string" | "a borrowed string" | "string") => "a string",
        Some("a boolean") => "`true` or `false`",
        Some("a sequence") => "an array",
        Some("a map" | "an object") => "an object",
        Some("a string or an object") => "a string or an object",
        Some("f64" | "u64" | "i64") => "a number",
        Some("u32") => "a whole number that is not negative",
        Some("a report") => "an object, an array or null",
        _ => "another value",
    };
    let message = format!("expected {expected}, found {}", describe(text.get(start..).unwrap_or_default()));
    Error::at(kind, "wrong_type", pointer, message).with_position(position)
}

/// The value that `text` starts with, with its article.
fn describe(text: &str) -> String {
    match text.as_bytes().first() {
        Some(b'{') => "an object".to_owned(),
        Some(b'[') => "an array".to_owned(),
        Some(b'"') => {
            let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
            match strings.next() {
                Some(Ok(string)) => format!("the string {}", quote(&string)),
                _ => "a string".to_owned(),
            }
        }
        _ => {
            let end = text.find([',', '}', ']', ' ', '\t', '\n', '\r']).unwrap_or(text.len());
            match text.get(..end).unwrap_or_default() {
                "null" => "null".to_owned(),
                word @ ("true" | "false") => quote(word),
                number => format!("the number {}", quote(number)),
            }
        }
    }
}

/// serde_json counts lines from 1 and columns in bytes: this is the offset after the last byte it read.
fn offset_of(text: &[u8], line: usize, column: usize) -> usize {
    let mut start = 0_usize;
    for _ in 1..line {
        let rest = text.get(start..).unwrap_or_default();
        match rest.iter().position(|&byte| byte == b'\n') {
            Some(at) => start = start.saturating_add(at).saturating_add(1),
            None => break,
        }
    }
    start.saturating_add(column).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::super::Text;
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Debug, Deserialize)]
    #[serde(expecting = "an object")]
    #[expect(dead_code, reason = "only its errors are looked at")]
    struct Sample<'a> {
        #[serde(borrow)]
        name: Option<Text<'a>>,
        flag: Option<bool>,
        line: Option<u32>,
        score: Option<f64>,
        list: Option<Vec<Sample<'a>>>,
        map: Option<BTreeMap<String, f64>>,
    }

    fn told(text: &str) -> String {
        let error = read::<Sample<'_>>(text, ErrorKind::InvalidProfile).unwrap_err();
        let text = error.to_string();
        for word in ["Sample", "struct", "Option", "Text", "serde", "u32", "f64"] {
            assert!(!text.contains(word), "{text}");
        }
        format!("{} {text}", error.code())
    }

    #[test]
    fn mistakes_are_told_in_plain_words_with_their_place() {
        let cases = [
            (r#"{"name": 1}"#, "wrong_type line 1 column 10: /name: expected a string, found the number `1`"),
            (
                "{\n \"flag\": \"yes\"}",
                "wrong_type line 2 column 10: /flag: expected `true` or `false`, found the string `yes`",
            ),
            (
                r#"{"list": [{}, {"line": -1}]}"#,
                "wrong_type line 1 column 24: /list/1/line: expected a whole number that is not negative, found the number `-1`",
            ),
            (r#"{"score": []}"#, "wrong_type line 1 column 11: /score: expected a number, found an array"),
            (
                r#"{"list": [{"list": {}}]}"#,
                "wrong_type line 1 column 20: /list/0/list: expected an array, found an object",
            ),
            (
                r#"{"list": [7]}"#,
                "wrong_type line 1 column 11: /list/0: expected an object, found the number `7`",
            ),
            (r#"{"map": true}"#, "wrong_type line 1 column 9: /map: expected an object, found `true`"),
            (
                r#"{"name": "a", "name": "b"}"#,
                "duplicate_key line 1 column 15: /name: the member `name` is given more than once",
            ),
            (
                "{\"name\": ",
                "syntax line 1 column 9: not valid JSON: EOF while parsing a value (the document is cut off)",
            ),
            ("{\"name\": nil}", "syntax line 1 column 11: not valid JSON: expected ident"),
            ("{} {}", "syntax line 1 column 4: not valid JSON: trailing characters"),
        ];
        for (text, expected) in cases {
            assert_eq!(told(text), expected, "{text}");
        }
    }
}
