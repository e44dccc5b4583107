//! YAML as Kubernetes takes it, into the same tree as JSON.
//!
//! The events are those of `saphyr-parser`, a maintained parser of YAML 1.2 in safe Rust; the tree is built here, since
//! what a container asks for hangs on what common loaders leave open:
//! - Depth and the nodes that aliases copy are bounded; an alias inside its own anchor is an error.
//! - A key that is given twice in one mapping is an error, whatever it is.
//! - `yes`, `on`, `y` and the like, which YAML 1.1 takes for booleans and YAML 1.2 does not, stay strings, so that one in
//!   the place of a boolean is an error and never "no".
//! - Numbers are what Kubernetes' own loader takes for numbers: `0x0`, `0b0`, `00` and `0.0` are zero.
//! - Merge keys (`<<`) are merged, as Kubernetes does: what is merged counts. A member that stands before a merge which
//!   gives it too is an error, since loaders disagree about which of the two counts.

use crate::json::{Node, escape};
use imagegate::{Error, ErrorKind, Limits, Position, quote};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// How many values anchors and aliases may copy in one text; a long string counts as several.
const COPIES: usize = 100_000;

/// How many bytes of a string count as one value.
const BYTES_A_VALUE: usize = 64;

/// The documents of a text, in order; an empty one is [`Node::Null`].
pub(crate) fn documents<'a>(text: &'a str, limits: &Limits) -> Result<Vec<Node<'a>>, Error> {
    let mut parser = Parser::new_from_str(text);
    let mut builder =
        Builder { text, limits, open: Vec::new(), anchors: HashMap::new(), copied: 0, documents: Vec::new() };
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| syntax(text, &error))?;
        builder.event(event, span)?;
    }
    Ok(builder.documents)
}

/// Whether a line of the text starts with the key `name`: how a document is recognised before it is read.
pub(crate) fn has_member(text: &str, name: &str) -> bool {
    text.lines().any(|line| {
        let line = line.strip_prefix("--- ").unwrap_or(line);
        let rest = line.strip_prefix(['"', '\'']).unwrap_or(line).strip_prefix(name);
        rest.is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
    })
}

fn syntax(text: &str, error: &ScanError) -> Error {
    let hint = if error.marker().index() >= text.chars().count() { " (the document is cut off)" } else { "" };
    let message = format!("not valid YAML: {}{hint}", error.info());
    let position = Position::of_offset(text.as_bytes(), offset(text, *error.marker()));
    if error.info().contains("recursion limit") {
        return Error::new(ErrorKind::LimitExceeded, "too_deep", "the document nests deeper than 255 levels")
            .with_position(position);
    }
    Error::new(ErrorKind::Syntax, "syntax", message).with_position(position)
}

/// The offset in bytes of a place that is given by its line and character.
fn offset(text: &str, marker: Marker) -> usize {
    text.char_indices().nth(marker.index()).map_or(text.len(), |(offset, _)| offset)
}

/// A value, and how large it is.
struct Value<'a> {
    node: Node<'a>,
    /// Values in it, itself included.
    count: usize,
    /// Levels of lists and objects.
    depth: usize,
}

/// A list or an object whose end has not come yet.
struct Open<'a> {
    anchor: usize,
    count: usize,
    depth: usize,
    kind: OpenKind<'a>,
}

enum OpenKind<'a> {
    List(Vec<Node<'a>>),
    Object {
        members: Vec<(Cow<'a, str>, Node<'a>)>,
        /// Whose value comes next, and whether it is a merge.
        key: Option<(Cow<'a, str>, bool)>,
        keys: HashSet<Cow<'a, str>>,
        /// What to merge, and how many members stand before it.
        merged: Vec<(Node<'a>, usize)>,
    },
}

struct Builder<'a, 'l> {
    text: &'a str,
    limits: &'l Limits,
    open: Vec<Open<'a>>,
    anchors: HashMap<usize, Value<'a>>,
    copied: usize,
    documents: Vec<Node<'a>>,
}

impl<'a> Builder<'a, '_> {
    fn error(&self, span: Span, code: &'static str, message: impl Into<String>) -> Error {
        self.error_of(ErrorKind::InvalidLaunch, span, code, message)
    }

    fn error_of(&self, kind: ErrorKind, span: Span, code: &'static str, message: impl Into<String>) -> Error {
        let position = Position::of_offset(self.text.as_bytes(), offset(self.text, span.start));
        Error::new(kind, code, message).with_position(position)
    }

    fn event(&mut self, event: Event<'a>, span: Span) -> Result<(), Error> {
        match event {
            Event::DocumentStart(_) => {
                self.anchors.clear();
                Ok(())
            }
            Event::Scalar(text, style, anchor, tag) => {
                if self.wants_key() {
                    let is_merge = style == ScalarStyle::Plain && text == "<<" && tag.is_none();
                    return self.key(text, is_merge, span);
                }
                let node = self.scalar(text, style, tag.as_deref(), span)?;
                let count = match &node {
                    Node::Text(text) => (text.len() / BYTES_A_VALUE).saturating_add(1),
                    _ => 1,
                };
                self.value(Value { node, count, depth: 0 }, anchor, span)
            }
            Event::SequenceStart(anchor, tag) => self.start(anchor, tag.as_deref(), "seq", span),
            Event::MappingStart(anchor, tag) => self.start(anchor, tag.as_deref(), "map", span),
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(anchor) => self.alias(anchor, span),
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
        }
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { kind: OpenKind::Object { key: None, .. }, .. }))
    }

    fn key(&mut self, text: Cow<'a, str>, is_merge: bool, span: Span) -> Result<(), Error> {
        if let Some(Open { kind: OpenKind::Object { keys, key, .. }, .. }) = self.open.last_mut() {
            if !keys.insert(text.clone()) {
                let message = format!("the member {} is given more than once", quote(&text));
                return Err(self.error(span, "duplicate_key", message));
            }
            *key = Some((text, is_merge));
        }
        Ok(())
    }

    fn start(&mut self, anchor: usize, tag: Option<&Tag>, own: &str, span: Span) -> Result<(), Error> {
        if self.wants_key() {
            return Err(self.error(span, "wrong_type", "a key must be a string"));
        }
        if tag.is_some_and(|tag| !tag.is_yaml_core_schema() || tag.suffix != own) {
            return Err(self.unknown_tag(span));
        }
        let kind = match own {
            "seq" => OpenKind::List(Vec::new()),
            _ => {
                OpenKind::Object { members: Vec::new(), key: None, keys: HashSet::new(), merged: Vec::new() }
            }
        };
        self.open.push(Open { anchor, count: 1, depth: 1, kind });
        self.within_depth(0, span)
    }

    /// That a value of this depth may stand here.
    fn within_depth(&self, depth: usize, span: Span) -> Result<(), Error> {
        if self.open.len().saturating_add(depth) <= self.limits.depth {
            return Ok(());
        }
        let message = format!("the document nests deeper than the limit of {} levels", self.limits.depth);
        Err(self.error_of(ErrorKind::LimitExceeded, span, "too_deep", message))
    }

    fn end(&mut self, span: Span) -> Result<(), Error> {
        let Some(Open { anchor, count, depth, kind }) = self.open.pop() else { return Ok(()) };
        let node = match kind {
            OpenKind::List(items) => Node::List(items),
            OpenKind::Object { mut members, mut keys, merged, .. } => {
                for (source, before) in merged {
                    self.merge(source, &mut members, &mut keys, before, span)?;
                }
                Node::Object(members)
            }
        };
        self.value(Value { node, count, depth }, anchor, span)
    }

    /// Adds members that are not there yet: what is written behind a merge wins, as does the first of several. What is
    /// written before it wins with some loaders and loses with others.
    fn merge(
        &self,
        source: Node<'a>,
        members: &mut Vec<(Cow<'a, str>, Node<'a>)>,
        keys: &mut HashSet<Cow<'a, str>>,
        before: usize,
        span: Span,
    ) -> Result<(), Error> {
        match source {
            Node::Object(more) => {
                for (key, value) in more {
                    if keys.insert(key.clone()) {
                        members.push((key, value));
                    } else if members.iter().take(before).any(|(known, _)| *known == key) {
                        let message = format!(
                            "the member {} is given before a merge (`<<`) that gives it too, and which of them counts \
                             is not settled: put the merge first",
                            quote(&key)
                        );
                        return Err(self.error(span, "duplicate_key", message));
                    }
                }
                Ok(())
            }
            Node::List(sources) if sources.iter().all(|source| matches!(source, Node::Object(_))) => {
                sources.into_iter().try_for_each(|source| self.merge(source, members, keys, before, span))
            }
            _ => Err(self.error(span, "wrong_type", "a merge (`<<`) needs an object or a list of objects")),
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), Error> {
        if self.wants_key() {
            return Err(self.error(span, "wrong_type", "a key must be a string, not an alias"));
        }
        let Some(Value { node, count, depth }) = self.anchors.get(&anchor) else {
            return Err(self.error(
                span,
                "bad_alias",
                "the alias names nothing that stands whole before it in this document",
            ));
        };
        let (count, depth) = (*count, *depth);
        self.copied = self.copied.saturating_add(count);
        if self.copied > COPIES {
            let message = format!("aliases copy more than the limit of {COPIES} values");
            return Err(self.error_of(ErrorKind::LimitExceeded, span, "too_many_aliases", message));
        }
        self.within_depth(depth, span)?;
        let node = node.clone();
        self.value(Value { node, count, depth }, 0, span)
    }

    /// Puts a value where it belongs.
    fn value(&mut self, value: Value<'a>, anchor: usize, span: Span) -> Result<(), Error> {
        if anchor > 0 {
            // Copied once to be known by its name; that counts too.
            self.copied = self.copied.saturating_add(value.count);
            if self.copied > COPIES {
                let message = format!("anchors name more than the limit of {COPIES} values");
                return Err(self.error_of(ErrorKind::LimitExceeded, span, "too_many_aliases", message));
            }
            let copy = Value { node: value.node.clone(), count: value.count, depth: value.depth };
            self.anchors.insert(anchor, copy);
        }
        let Some(open) = self.open.last_mut() else {
            self.documents.push(value.node);
            return Ok(());
        };
        open.count = open.count.saturating_add(value.count);
        open.depth = open.depth.max(value.depth.saturating_add(1));
        match &mut open.kind {
            OpenKind::List(items) => items.push(value.node),
            OpenKind::Object { members, key, merged, .. } => match key.take() {
                Some((_, true)) => merged.push((value.node, members.len())),
                Some((key, false)) => members.push((key, value.node)),
                None => {}
            },
        }
        Ok(())
    }

    fn unknown_tag(&self, span: Span) -> Error {
        self.error(span, "unknown_tag", "the tag does not say what Kubernetes would make of the value")
    }

    fn scalar(
        &self,
        text: Cow<'a, str>,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<Node<'a>, Error> {
        let Some(tag) = tag else {
            return Ok(if style == ScalarStyle::Plain { plain(text) } else { Node::Text(text) });
        };
        if tag.handle.is_empty() && tag.suffix == "!" {
            return Ok(Node::Text(text));
        }
        if !tag.is_yaml_core_schema() {
            return Err(self.unknown_tag(span));
        }
        let node = match tag.suffix.as_str() {
            "str" => return Ok(Node::Text(text)),
            _ => plain(text),
        };
        match (tag.suffix.as_str(), &node) {
            ("bool", Node::Bool(_)) | ("int" | "float", Node::Number(_)) | ("null", Node::Null) => Ok(node),
            _ => Err(self.unknown_tag(span)),
        }
    }
}

/// What a word without quotes is.
fn plain(text: Cow<'_, str>) -> Node<'_> {
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => Node::Null,
        "true" | "True" | "TRUE" => Node::Bool(true),
        "false" | "False" | "FALSE" => Node::Bool(false),
        word => match number(word) {
            Some(number) => Node::Number(number),
            None => Node::Text(text),
        },
    }
}

/// Whether the word is a number, and which if it is whole and fits.
fn number(word: &str) -> Option<Option<i64>> {
    let unsigned = word.strip_prefix(['+', '-']).unwrap_or(word);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    if matches!(unsigned, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return Some(None);
    }
    let digits: String = unsigned.chars().filter(|character| *character != '_').collect();
    let lower = digits.to_ascii_lowercase();
    let based = [("0x", 16), ("0b", 2), ("0o", 8)];
    let (base, rest) = match based.iter().find_map(|(start, base)| Some((*base, lower.strip_prefix(start)?)))
    {
        Some(found) => found,
        // As of YAML 1.1, which Kubernetes' loader keeps.
        None if lower.len() > 1
            && lower.starts_with('0')
            && lower.bytes().all(|digit| digit.is_ascii_digit()) =>
        {
            (if lower.contains(['8', '9']) { 10 } else { 8 }, lower.as_str())
        }
        None => (10, lower.as_str()),
    };
    if !rest.is_empty() && rest.chars().all(|digit| digit.is_digit(base)) {
        let negative = word.starts_with('-');
        let number = i64::from_str_radix(rest, base).ok();
        return Some(if negative { number.and_then(i64::checked_neg) } else { number });
    }
    if !lower.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'+' | b'-')) {
        return None;
    }
    // A float that is whole is written as a whole number on its way to the API server.
    let float: f64 = lower.parse().ok()?;
    let float = if word.starts_with('-') { -float } else { float };
    let is_whole = float.fract() == 0.0 && float.abs() < 9e15;
    #[expect(clippy::cast_possible_truncation, reason = "whole and small enough, as just seen")]
    Some(is_whole.then_some(float as i64))
}

/// The offset of what `pointer` names in the document of this index; of the innermost thing around it if there is no
/// such thing. Only used to report a mistake, so it may take its time.
pub(crate) fn locate(text: &str, index: usize, pointer: &str) -> usize {
    let wanted: Vec<&str> = pointer.split('/').skip(1).collect();
    let mut frames: Vec<Frame> = Vec::new();
    let mut documents = 0_usize;
    let mut best: (usize, Option<Marker>) = (0, None);
    let mut parser = Parser::new_from_str(text);
    while let Some(Ok((event, span))) = parser.next_event() {
        let here = documents == index.saturating_add(1);
        match event {
            Event::DocumentStart(_) => {
                if here {
                    break;
                }
                documents = documents.saturating_add(1);
            }
            Event::SequenceEnd | Event::MappingEnd => {
                frames.pop();
                done(&mut frames);
            }
            Event::Scalar(key, ..) if matches!(frames.last(), Some(Frame::Object(None))) => {
                if let Some(frame) = frames.last_mut() {
                    *frame = Frame::Object(Some(escape(&key)));
                }
            }
            Event::Scalar(..) | Event::Alias(_) | Event::SequenceStart(..) | Event::MappingStart(..) => {
                let matches = frames.len() <= wanted.len()
                    && frames.len() >= best.0
                    && frames.iter().zip(&wanted).all(|(frame, wanted)| frame.is(wanted));
                if here && matches {
                    best = (frames.len(), Some(span.start));
                }
                match event {
                    Event::SequenceStart(..) => frames.push(Frame::List(0)),
                    Event::MappingStart(..) => frames.push(Frame::Object(None)),
                    _ => done(&mut frames),
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => {}
        }
    }
    best.1.map_or(0, |marker| offset(text, marker))
}

/// One open object or list, and where in it the scan is.
enum Frame {
    /// The key, escaped; `None` before there is one.
    Object(Option<String>),
    List(usize),
}

impl Frame {
    fn is(&self, step: &str) -> bool {
        match self {
            Self::Object(key) => key.as_deref() == Some(step),
            Self::List(index) => index.to_string() == step,
        }
    }
}

/// A value has ended.
fn done(frames: &mut [Frame]) {
    match frames.last_mut() {
        Some(Frame::Object(key)) => *key = None,
        Some(Frame::List(index)) => *index = index.saturating_add(1),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, Error> {
        documents(text, &Limits::default())
            .map(|documents| documents.iter().map(show).collect::<Vec<_>>().join(" | "))
    }

    fn show(node: &Node<'_>) -> String {
        match node {
            Node::Null => "null".to_owned(),
            Node::Bool(flag) => flag.to_string(),
            Node::Number(None) => "number".to_owned(),
            Node::Number(Some(number)) => number.to_string(),
            Node::Text(text) => format!("'{text}'"),
            Node::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(" ")),
            Node::Object(members) => {
                let members: Vec<_> =
                    members.iter().map(|(key, value)| format!("{key}={}", show(value))).collect();
                format!("{{{}}}", members.join(" "))
            }
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(read(text).unwrap(), expected, "{text}");
    }

    #[track_caller]
    fn code(text: &str) -> &'static str {
        read(text).unwrap_err().code()
    }

    #[test]
    fn documents_and_empty_ones() {
        check("a: 1\n---\n---\n# nothing\n---\nb: [x, 'y']\n...\n", "{a=1} | null | null | {b=['x' 'y']}");
        check("---\r\na:\r\n- b\r\n", "{a=['b']}");
        check("# only a comment\n", "");
    }

    #[test]
    fn words_are_what_kubernetes_takes_them_for() {
        check(
            "[true, True, FALSE, yes, on, 'true', null, ~, !!str true, ! 1, !!int 7]",
            "[true true false 'yes' 'on' 'true' null null 'true' '1' 7]",
        );
        check(
            "[0, 00, 0x0, 0b0, 0o0, +0, -0, 0.0, 0e0, 1_000, 010, 1e3, -5, 09]",
            "[0 0 0 0 0 0 0 0 0 1000 8 1000 -5 9]",
        );
        check(
            "[1.5, .5, .inf, 99999999999999999999, 1.2.3, 10.0.0.1, 0x, 1e, v1, -x, 1-2, 100m]",
            "[number number number number '1.2.3' '10.0.0.1' '0x' '1e' 'v1' '-x' '1-2' '100m']",
        );
    }

    #[test]
    fn what_is_given_twice_or_means_nothing_is_an_error() {
        assert_eq!(code("a: 1\na: 2\n"), "duplicate_key");
        assert_eq!(code("a: 1\n'a': 2\n"), "duplicate_key");
        assert_eq!(code("[a]: 1\n"), "wrong_type");
        assert_eq!(code("{a: 1}: 1\n"), "wrong_type");
        assert_eq!(code("a: !Ref b\n"), "unknown_tag");
        assert_eq!(code("a: !!bool yes\n"), "unknown_tag");
        assert_eq!(code("a: !!binary aGk=\n"), "unknown_tag");
        assert_eq!(code("a: *nobody\n"), "syntax");
        assert_eq!(code("a: 'x\n"), "syntax");
        let error = read("a: 1\nb:\n  é: {c: 1, c: 2}\n").unwrap_err();
        assert_eq!(error.to_string(), "line 3 column 13: the member `c` is given more than once");
    }

    #[test]
    fn aliases_and_merges_count_and_are_bounded() {
        check("a: &x {b: 1}\nc: [*x, *x]\n", "{a={b=1} c=[{b=1} {b=1}]}");
        check("a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n", "{a={b=1 c=2} d={c=3 b=1}}");
        check("a: [&x {b: 1}, &y {b: 2, c: 3}]\nd: {<<: [*x, *y]}\n", "{a=[{b=1} {b=2 c=3}] d={b=1 c=3}}");
        assert_eq!(code("a: &x {b: 1}\nd: {b: 2, <<: *x}\n"), "duplicate_key");
        assert_eq!(code("a: {<<: 1}\n"), "wrong_type");
        assert_eq!(code("a: &x [*x]\n"), "bad_alias");
        assert_eq!(code("a: &x 1\n---\nb: *x\n"), "bad_alias");
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let below = format!("*a{}, ", level - 1).repeat(9);
            bomb.push_str(&format!("a{level}: &a{level} [{below}]\n"));
        }
        assert_eq!(code(&bomb), "too_many_aliases");
        let long = format!("a: &x '{}'\nb: [{}]\n", "long".repeat(10_000), "*x, ".repeat(10_000));
        assert_eq!(code(&long), "too_many_aliases");
        for text in ["[".repeat(1000), "- ".repeat(1000), "{a: ".repeat(1000)] {
            assert_eq!(code(&text), "too_deep");
        }
        let deep = format!(
            "a: &x {}1{}\nb: {}*x{}\n",
            "[".repeat(40),
            "]".repeat(40),
            "[".repeat(40),
            "]".repeat(40)
        );
        assert_eq!(code(&deep), "too_deep");
    }

    #[test]
    fn places_are_found_again() {
        let text = "a: 1\n---\n---\nb:\n- x/y: é\n  c: [1, {d: 2}]\n";
        for (pointer, starts) in [
            ("/b/0/x~1y", "é"),
            ("/b/0/c/1/d", "2}"),
            ("/b/0/c/1/e", "{d"),
            ("/b/0/c", "[1"),
            ("/b/1", "x/y"),
            ("", "b:"),
        ] {
            let found = text.get(locate(text, 2, pointer)..).unwrap();
            assert!(found.starts_with(starts), "{pointer}: {found}");
        }
        assert_eq!(locate(text, 0, "/a"), 3);
    }
}
