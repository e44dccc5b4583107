//! The table of formats: how one is chosen, and what is said if none fits.

use crate::guess;
use crate::look::{Look, Top};
use imagegate::{Error, ErrorKind, quote};

/// A reader of one format. `O` are the options, `T` is what it reads.
pub(crate) struct Reader<O, T: 'static> {
    /// The name by which a caller names the format.
    pub(crate) name: &'static str,
    /// What it is, for "looks like …".
    pub(crate) title: &'static str,
    /// Whether a document has the shape of the format. Must be cheap, and no two formats may claim a document.
    pub(crate) detect: fn(&Look<'_>) -> bool,
    /// Reads the document: one thing or several, never none.
    pub(crate) read: fn(&str, &O) -> Result<Vec<T>, Error>,
}

/// What a table is about, for messages.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// "scan report"
    pub(crate) noun: &'static str,
    /// What the formats of the other table are, with their titles: "launch".
    pub(crate) others: fn(&Look<'_>) -> Option<&'static str>,
}

/// The one reader that claims the document.
pub(crate) fn choose<O, T>(
    readers: &'static [Reader<O, T>],
    look: Look<'_>,
    wanted: Wanted,
) -> Result<&'static Reader<O, T>, Error> {
    let mut claims = readers.iter().filter(|reader| (reader.detect)(&look));
    match (claims.next(), claims.next()) {
        (Some(reader), None) => Ok(reader),
        (Some(one), Some(other)) => Err(Error::new(
            ErrorKind::Unsupported,
            "ambiguous_format",
            format!(
                "the document could be {} (`{}`) or {} (`{}`): name its format",
                one.title, one.name, other.title, other.name
            ),
        )),
        // A mistake below the top level is what is wrong with the document, and only a whole look finds it.
        (None, _) => Err(nobody_knows(readers, Look::at(look.text), wanted)),
    }
}

fn nobody_knows<O, T>(readers: &[Reader<O, T>], look: Look<'_>, wanted: Wanted) -> Error {
    let known = names(readers);
    let noun = wanted.noun;
    let guess = (wanted.others)(&look).map(str::to_owned).or_else(|| guess::guess(&look));
    let says = match guess {
        Some(what) => format!("the document looks like {what}, not like a {noun} of a known format"),
        None => match look.top {
            // What starts like JSON and is none is a mistake in the document, not an unknown format.
            Err(error) if look.text.trim_ascii_start().starts_with(['{', '[', '"']) => return error,
            Err(_) => format!("the document is not JSON and no {noun} of a known format"),
            Ok(Top::List(0, _)) => format!("an empty array does not say what it is a {noun} of"),
            Ok(Top::Other) => {
                format!("the document is a bare {} and does not say what it is a {noun} of", bare(look.text))
            }
            Ok(_) => format!("the document is no {noun} of a known format"),
        },
    };
    Error::new(ErrorKind::Unsupported, "unknown_format", format!("{says}: known are {known}"))
}

fn bare(text: &str) -> &'static str {
    match text.trim_ascii().as_bytes().first() {
        Some(b'n') => "`null`",
        Some(b'"') => "string",
        Some(b't' | b'f') => "boolean",
        _ => "number",
    }
}

/// The reader of that name.
pub(crate) fn named<O, T>(
    readers: &'static [Reader<O, T>],
    name: &str,
    noun: &str,
) -> Result<&'static Reader<O, T>, Error> {
    readers.iter().find(|reader| reader.name == name).ok_or_else(|| {
        let message = format!("{} is no {noun} format: known are {}", quote(name), names(readers));
        Error::new(ErrorKind::Unsupported, "unknown_format", message)
    })
}

/// The title of the reader that claims the document, if any.
pub(crate) fn title<O, T>(readers: &'static [Reader<O, T>], look: &Look<'_>) -> Option<&'static str> {
    readers.iter().find(|reader| (reader.detect)(look)).map(|reader| reader.title)
}

fn names<O, T>(readers: &[Reader<O, T>]) -> String {
    readers.iter().map(|reader| format!("`{}`", reader.name)).collect::<Vec<_>>().join(", ")
}
