//! Between offsets in a JSON text and JSON Pointers. Only used to report a mistake, so it may take its time.
//!
//! The text need not be whole: it is scanned up to the place in question and no further.

/// One open object or list, and where in it the scan is.
enum Frame<'a> {
    /// The key between its quotes, as written; `None` before there is one.
    Object(Option<&'a str>),
    List(usize),
}

/// Calls `visit` with the open frames and the offset of every key and value, until it returns `false`.
fn scan<'a>(text: &'a str, mut visit: impl FnMut(&[Frame<'a>], usize) -> bool) {
    let bytes = text.as_bytes();
    let mut frames: Vec<Frame<'a>> = Vec::new();
    let mut at = 0_usize;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        at = at.saturating_add(1);
        let go_on = match byte {
            b' ' | b'\t' | b'\n' | b'\r' | b':' => true,
            b'{' | b'[' => {
                let go_on = visit(&frames, start);
                frames.push(if byte == b'{' { Frame::Object(None) } else { Frame::List(0) });
                go_on
            }
            b'}' | b']' => {
                frames.pop();
                true
            }
            b',' => {
                match frames.last_mut() {
                    Some(Frame::Object(key)) => *key = None,
                    Some(Frame::List(index)) => *index = index.saturating_add(1),
                    None => {}
                }
                true
            }
            b'"' => {
                let end = end_of_string(bytes, at);
                if let Some(Frame::Object(key @ None)) = frames.last_mut() {
                    *key = Some(text.get(at..end).unwrap_or_default());
                }
                at = end.saturating_add(1);
                visit(&frames, start)
            }
            _ => {
                let rest = bytes.get(at..).unwrap_or_default();
                let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
                at = at.saturating_add(rest.iter().position(is_end).unwrap_or(rest.len()));
                visit(&frames, start)
            }
        };
        if !go_on {
            return;
        }
    }
}

/// The offset of the quote that ends the string whose content starts at `from`, or the end of the text.
fn end_of_string(bytes: &[u8], from: usize) -> usize {
    let mut escaped = false;
    let rest = bytes.get(from..).unwrap_or_default();
    let end = rest.iter().position(|byte| match byte {
        _ if escaped => {
            escaped = false;
            false
        }
        b'\\' => {
            escaped = true;
            false
        }
        byte => *byte == b'"',
    });
    from.saturating_add(end.unwrap_or(rest.len()))
}

fn token(frame: &Frame<'_>) -> String {
    match frame {
        Frame::Object(None) => String::new(),
        Frame::Object(Some(raw)) => {
            let key: String =
                serde_json::from_str(&format!("\"{raw}\"")).unwrap_or_else(|_| (*raw).to_owned());
            escape(&key)
        }
        Frame::List(index) => index.to_string(),
    }
}

/// A member name as a part of a JSON Pointer.
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// The pointer of the last key or value that starts at or before `offset`, and where that starts.
pub(super) fn pointer_at(text: &str, offset: usize) -> (String, usize) {
    let mut last = (String::new(), 0);
    // Writing a pointer for every value of a large report would be slow; only those near the place count.
    let near = offset.saturating_sub(64 << 10);
    scan(text, |frames, start| {
        if start > offset {
            return false;
        }
        if start >= near || frames.is_empty() {
            last = (frames.iter().map(|frame| format!("/{}", token(frame))).collect(), start);
        }
        true
    });
    last
}

/// The offset of what `pointer` names in `text`; of the innermost thing around it if there is no such thing.
pub(crate) fn locate(text: &str, pointer: &str) -> usize {
    let wanted: Vec<&str> = pointer.split('/').skip(1).collect();
    let mut best = (0_usize, 0_usize);
    scan(text, |frames, start| {
        let matches = frames.len() <= wanted.len()
            && frames.len() >= best.0
            && frames.iter().zip(&wanted).rev().all(|(frame, wanted)| token(frame) == **wanted);
        if matches {
            best = (frames.len(), start);
        }
        // Keys and values are both visited; the value comes second.
        true
    });
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"a": [1, {"b/c": "x\"y"}, true], "d": {"e": null}}"#;

    #[test]
    fn offsets_and_pointers_lead_to_each_other() {
        for (pointer, value) in [
            ("/a", "[1"),
            ("/a/0", "1,"),
            ("/a/1", "{\"b"),
            ("/a/1/b~1c", "\"x\\"),
            ("/a/2", "true"),
            ("/d/e", "null"),
        ] {
            let offset = locate(TEXT, pointer);
            assert!(TEXT.get(offset..).unwrap().starts_with(value), "{pointer}");
            assert_eq!(pointer_at(TEXT, offset), (pointer.to_owned(), offset));
        }
        assert_eq!(locate(TEXT, ""), 0);
        assert!(TEXT.get(locate(TEXT, "/d/missing")..).unwrap().starts_with("{\"e"));
    }

    #[test]
    fn a_text_that_is_cut_off_does_not_matter() {
        for end in 0..TEXT.len() {
            let cut = TEXT.get(..end).unwrap();
            let _ = pointer_at(cut, end);
            let _ = locate(cut, "/a/1/b~1c");
        }
    }
}
