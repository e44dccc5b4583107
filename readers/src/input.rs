//! From bytes to text: size, encoding and depth are checked once, before any format looks at it.

use imagegate::{Error, ErrorKind, Limits, Position};

/// The document as text.
pub(crate) fn text<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a str, Error> {
    if bytes.len() > limits.bytes {
        let message = format!("the document has {} bytes, the limit is {}", bytes.len(), limits.bytes);
        return Err(Error::new(ErrorKind::LimitExceeded, "too_large", message));
    }
    let syntax = |offset, message: &str| {
        Error::new(ErrorKind::Syntax, "syntax", message).with_position(Position::of_offset(bytes, offset))
    };
    if bytes.starts_with(b"\xEF\xBB\xBF") || bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF")
    {
        return Err(syntax(0, "the document starts with a byte order mark: save it as UTF-8 without one"));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| syntax(error.valid_up_to(), "the document is not UTF-8 text"))?;
    if text.trim_ascii().is_empty() {
        return Err(syntax(0, "the document is empty"));
    }
    if let Some(offset) = too_deep(bytes, limits.depth) {
        let message = format!("the document nests deeper than the limit of {} levels", limits.depth);
        return Err(Error::new(ErrorKind::LimitExceeded, "too_deep", message)
            .with_position(Position::of_offset(bytes, offset)));
    }
    Ok(text)
}

/// Where JSON nests deeper than `limit`. serde_json bounds only what it builds, not what it skips, and its bound
/// is not ours; counting brackets outside strings bounds both.
fn too_deep(bytes: &[u8], limit: usize) -> Option<usize> {
    if !matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'[')) {
        return None;
    }
    let mut depth = 0_usize;
    let mut offset = 0_usize;
    while let Some(byte) = bytes.get(offset) {
        match byte {
            // Most of a report is text: jump from one end of it to the other.
            b'"' => offset = end_of_string(bytes, offset),
            b'{' | b'[' => {
                depth = depth.saturating_add(1);
                if depth > limit {
                    return Some(offset);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        offset = offset.saturating_add(1);
    }
    None
}

/// The offset of the quotation mark that ends the string which the one at `start` begins; the end of `bytes` if none
/// does.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut from = start.saturating_add(1);
    loop {
        let rest = bytes.get(from..).unwrap_or_default();
        let Some(at) = memchr::memchr2(b'"', b'\\', rest) else { return bytes.len() };
        let found = from.saturating_add(at);
        if bytes.get(found) == Some(&b'"') {
            return found;
        }
        from = found.saturating_add(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoding_size_and_depth_are_errors_with_a_kind() {
        let limits = Limits { bytes: 20, depth: 2, ..Limits::default() };
        let code = |bytes: &[u8]| text(bytes, &limits).unwrap_err().code();
        assert_eq!(code(b"\xEF\xBB\xBF{}"), "syntax");
        assert_eq!(code(b"\xFF\xFE{\0}\0"), "syntax");
        assert_eq!(code(b"{\"a\": \"\xFF\"}"), "syntax");
        assert_eq!(code(b" \n"), "syntax");
        assert_eq!(code(b"012345678901234567890"), "too_large");
        assert_eq!(code(b"[[[]]]"), "too_deep");
        assert!(text(br#"[["[[[\"[", "]"]]"#, &limits).is_ok());
    }
}
