//! The targets by name.

use crate::{
    boundary, canonical, detection, differential, documents, events, globs, launches, options, profiles,
    queries, versions, vex,
};
use imagegate::Limits;
use imagegate_readers::vex::Vex;
use imagegate_readers::{launch, profile};

/// A fuzz target.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name.
    name: &'static str,
    run: Run,
}

#[derive(Clone, Copy)]
enum Run {
    Bytes(OnBytes),
    Profile(profile::Format),
    Launch(launch::Format),
}

type OnBytes = fn(&[u8]);

const OWN: [(&str, OnBytes); 16] = [
    ("policies", documents::policies),
    ("profile", documents::profile),
    ("launch", documents::launch),
    ("record", documents::record),
    ("row", documents::row),
    ("profile-detection", detection::profiles),
    ("launch-detection", detection::launches),
    ("vex", vex::vex),
    ("enrichment", vex::enrichment),
    ("differential", differential::differential),
    ("boundary", boundary::boundary),
    ("fold", events::fold),
    ("queries", queries::queries),
    ("versions", versions::versions),
    ("globs", globs::globs),
    ("canonical", canonical::canonical),
];

/// All targets: the project's own documents and laws, and one for each format that the readers know.
pub fn all() -> impl Iterator<Item = Target> {
    let own = OWN.iter().map(|(name, run)| Target { name, run: Run::Bytes(*run) });
    let profiles = profile::formats().filter(|format| format.as_str() != "imagegate");
    let launches = launch::formats().filter(|format| format.as_str() != "imagegate");
    own.chain(profiles.map(|format| Target { name: format.as_str(), run: Run::Profile(format) }))
        .chain(launches.map(|format| Target { name: format.as_str(), run: Run::Launch(format) }))
}

/// The target of that name.
pub fn by_name(name: &str) -> Option<Target> {
    all().find(|target| target.name == name)
}

impl Target {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Does with the bytes what the target does; panics if a law is broken.
    pub fn run(&self, bytes: &[u8]) {
        match self.run {
            Run::Bytes(run) => run(bytes),
            Run::Profile(format) => profiles::read(bytes, format),
            Run::Launch(format) => launches::read(bytes, format),
        }
    }

    /// Whether a reader of this target reads the document, which is then a seed.
    pub fn reads(&self, bytes: &[u8]) -> bool {
        match self.run {
            Run::Bytes(_) => self.name == "vex" && Vex::parse(bytes, &Limits::default()).is_ok(),
            Run::Profile(format) => {
                profile::parse_all(bytes, &options::profile().with_format(format)).is_ok()
            }
            Run::Launch(format) => launch::parse_all(bytes, &options::launch().with_format(format)).is_ok(),
        }
    }
}
