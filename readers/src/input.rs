//! From bytes to text: size, encoding and depth are checked once, before any format looks at it.

use crate::look::Look;
use crate::outline::{Outline, outline};
use imagegate::{Error, ErrorKind, Limits, Position};

/// A document that may be read.
pub(crate) struct Input<'a> {
    pub(crate) text: &'a str,
    outline: Outline<'a>,
}

impl<'a> Input<'a> {
    /// What formats are recognised by.
    pub(crate) fn look(&self) -> Look<'a> {
        Look::with(self.text, &self.outline)
    }
}

/// The document as text.
pub(crate) fn text<'a>(bytes: &'a [u8], limits: &Limits) -> Result<&'a str, Error> {
    open(bytes, limits).map(|input| input.text)
}

/// The document as text, to be looked at.
pub(crate) fn open<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Input<'a>, Error> {
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
    let outline = outline(text, limits.depth);
    // serde_json bounds only the depth of what it builds, not of what it skips, and its bound is not ours.
    if let Outline::TooDeep(offset) = outline {
        let message = format!("the document nests deeper than the limit of {} levels", limits.depth);
        return Err(Error::new(ErrorKind::LimitExceeded, "too_deep", message)
            .with_position(Position::of_offset(bytes, offset)));
    }
    Ok(Input { text, outline })
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
