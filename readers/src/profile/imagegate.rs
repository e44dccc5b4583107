//! imagegate's own profile document, which the core reads, strictly.

use super::Options;
use crate::detect::Reader;
use crate::look::Look;
use imagegate::{Error, ScanProfile};

pub(super) const READER: Reader<Options, ScanProfile> =
    Reader { name: "imagegate", title: "an imagegate scan profile", detect, read };

fn detect(look: &Look<'_>) -> bool {
    look.object().is_some_and(|members| {
        let findings = ["scan", "vulnerabilities", "malware", "sensitive"];
        let of_a_launch = ["privileges", "container", "inferred", "node", "pod"];
        members.is_number("version")
            && (members.has_any(&findings) || members.is_object("image"))
            && !members.has_any(&of_a_launch)
            // Others have a `version` and `vulnerabilities` too; ours has no such members.
            && !members.has_any(&["$schema", "bomFormat", "schema", "@context"])
    })
}

fn read(text: &str, options: &Options) -> Result<Vec<ScanProfile>, Error> {
    let profile = match &options.image {
        Some(image) => ScanProfile::parse_for(image, text.as_bytes(), &options.limits)?,
        None => ScanProfile::parse_with(text.as_bytes(), &options.limits)?,
    };
    Ok(vec![profile])
}
