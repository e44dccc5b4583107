//! The top level of a JSON object without reading what is below it: a report is megabytes of findings, and what format
//! it has stands in a few members beside them.
//!
//! Only where things end is looked at, not whether they are right: the reader that is chosen sees every byte.

/// What the scan of a document found.
pub(crate) enum Outline<'a> {
    /// An object: each member's name and value as they stand in the document.
    Object(Vec<(&'a str, &'a str)>),
    /// Something else, or nothing that ends as an object does.
    Other,
    /// Brackets nest deeper than the limit; the offset of the first that does.
    TooDeep(usize),
}

/// Scans the whole of `text`.
pub(crate) fn outline(text: &str, limit: usize) -> Outline<'_> {
    let mut scan = Scan { bytes: text.as_bytes(), at: 0, limit };
    scan.skip_space();
    if !matches!(scan.here(), Some(b'{' | b'[')) {
        return Outline::Other;
    }
    let start = scan.at;
    let members = match scan.object(text) {
        Ok(Some(members)) => return Outline::Object(members),
        Ok(None) => Outline::Other,
        Err(TooDeep(offset)) => return Outline::TooDeep(offset),
    };
    // It is no object, or no whole one, but its depth still counts, to the end of the text.
    scan.at = start;
    while let Some(byte) = scan.here() {
        match byte {
            b'"' => scan.at = end_of_string(scan.bytes, scan.at),
            b'{' | b'[' => {
                if let Err(TooDeep(offset)) = scan.nested(0) {
                    return Outline::TooDeep(offset);
                }
            }
            _ => {}
        }
        scan.at = scan.at.saturating_add(1);
    }
    members
}

struct TooDeep(usize);

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    limit: usize,
}

impl Scan<'_> {
    fn here(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while self.here().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')) {
            self.at = self.at.saturating_add(1);
        }
    }

    /// Whether `byte` comes next; then it is passed, and so is the space around it.
    fn passes(&mut self, byte: u8) -> bool {
        self.skip_space();
        let is_here = self.here() == Some(byte);
        if is_here {
            self.at = self.at.saturating_add(1);
            self.skip_space();
        }
        is_here
    }

    /// The members of the object that is the whole document; `None` if the document is anything else.
    fn object<'a>(&mut self, text: &'a str) -> Result<Option<Vec<(&'a str, &'a str)>>, TooDeep> {
        let mut members = Vec::new();
        if !self.passes(b'{') {
            return Ok(None);
        }
        if self.limit == 0 {
            return Err(TooDeep(self.at.saturating_sub(1)));
        }
        if !self.passes(b'}') {
            loop {
                let name = self.at;
                if self.here() != Some(b'"') {
                    return Ok(None);
                }
                self.value()?;
                let Some(name) = text.get(name..self.at) else { return Ok(None) };
                if !self.passes(b':') {
                    return Ok(None);
                }
                let value = self.at;
                self.value()?;
                let Some(value) = text.get(value..self.at) else { return Ok(None) };
                members.push((name, value));
                if self.passes(b'}') {
                    break;
                }
                if !self.passes(b',') {
                    return Ok(None);
                }
            }
        }
        Ok((self.at == self.bytes.len()).then_some(members))
    }

    /// Passes one value of the top level.
    fn value(&mut self) -> Result<(), TooDeep> {
        match self.here() {
            Some(b'"') => self.at = end_of_string(self.bytes, self.at).saturating_add(1),
            Some(b'{' | b'[') => {
                self.nested(1)?;
                self.at = self.at.saturating_add(1);
            }
            _ => {
                let ends = |byte: &u8| {
                    matches!(byte, b',' | b'}' | b']' | b':' | b'"' | b' ' | b'\t' | b'\n' | b'\r')
                };
                let rest = self.bytes.get(self.at..).unwrap_or_default();
                self.at = self.at.saturating_add(rest.iter().position(ends).unwrap_or(rest.len()));
            }
        }
        Ok(())
    }

    /// From an opening bracket at `outside` levels to the closing one, or to the end of the text.
    fn nested(&mut self, outside: usize) -> Result<(), TooDeep> {
        let mut depth = outside;
        while let Some(byte) = self.here() {
            match byte {
                // Most of a report is text: jump from one end of it to the other.
                b'"' => self.at = end_of_string(self.bytes, self.at),
                b'{' | b'[' => {
                    depth = depth.saturating_add(1);
                    if depth > self.limit {
                        return Err(TooDeep(self.at));
                    }
                }
                b'}' | b']' => {
                    depth = depth.saturating_sub(1);
                    if depth <= outside {
                        return Ok(());
                    }
                }
                // And much of the rest is indentation.
                b' ' => self.skip_indentation(),
                _ => {}
            }
            self.at = self.at.saturating_add(1);
        }
        Ok(())
    }

    /// To the last of many spaces.
    fn skip_indentation(&mut self) {
        const SPACES: &[u8] = b"        ";
        let next = |at: usize| at.saturating_add(1)..at.saturating_add(1).saturating_add(SPACES.len());
        while self.bytes.get(next(self.at)) == Some(SPACES) {
            self.at = self.at.saturating_add(SPACES.len());
        }
    }
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

    fn told(text: &str, limit: usize) -> String {
        match outline(text, limit) {
            Outline::Object(members) => {
                members.iter().map(|(name, value)| format!("{name}={value};")).collect::<String>()
            }
            Outline::Other => "other".to_owned(),
            Outline::TooDeep(offset) => format!("too deep at {offset}"),
        }
    }

    #[test]
    fn members_stand_as_they_are_written() {
        assert_eq!(told("{}", 1), "");
        assert_eq!(told(" {\n} ", 1), "");
        assert_eq!(
            told(r#"{"a\"}" : [1, {"b": "]"}], "c":{"d":  {}} ,"e":-1.5e3,"f":null,"g":"\\"}"#, 3),
            r#""a\"}"=[1, {"b": "]"}];"c"={"d":  {}};"e"=-1.5e3;"f"=null;"g"="\\";"#
        );
        let list = format!("[\n{0}1,\n{0}2\n]", " ".repeat(33));
        assert_eq!(told(&format!("{{\"a\": {list}}}"), 2), format!("\"a\"={list};"));
    }

    #[test]
    fn what_is_no_object_from_beginning_to_end_is_something_else() {
        for text in [
            "",
            "null",
            "[1]",
            "{",
            "{\"a\"",
            "{\"a\":",
            "{\"a\":1",
            "{\"a\":1,",
            "{\"a\" 1}",
            "{a:1}",
            "{} {}",
            "{\"a",
            "{\"a\":[}",
            "{\"a\\",
        ] {
            assert_eq!(told(text, 9), "other", "{text}");
        }
    }

    #[test]
    fn depth_counts_wherever_it_is() {
        for (text, offset) in [
            ("[[[", 2),
            (r#"{"a": {"b": {"#, 12),
            (r#"{"a": {"b": [1]}}"#, 12),
            ("{} [[[]]]", 5),
            (r#"{"a": 1 x [[["#, 11),
            (r#"{"a": "[[[", "b": [[]]}"#, 19),
        ] {
            assert_eq!(told(text, 2), format!("too deep at {offset}"), "{text}");
        }
        assert_eq!(told("{}", 0), "too deep at 0");
        assert_eq!(told("[]", 0), "too deep at 0");
        assert_eq!(told(r#"[["[[[\"[", "]"]]"#, 2), "other");
    }
}
