//! imagegate's own launch document, which the core reads, strictly.

use super::{Options, complete};
use crate::detect::Reader;
use crate::look::Look;
use imagegate::{Error, Launch};

pub(super) const READER: Reader<Options, Launch> =
    Reader { name: "imagegate", title: "an imagegate launch document", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| {
        members.is_number("version")
            && members.has_any(&["privileges", "container", "inferred", "node", "pod"])
    })
}

fn read(text: &str, options: &Options) -> Result<Vec<Launch>, Error> {
    let launch = Launch::parse_with(text.as_bytes(), &options.limits)?;
    Ok(vec![match &options.image {
        Some(_) => complete(launch.document().clone(), options)?,
        None => launch,
    }])
}
