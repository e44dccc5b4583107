//! Which scan profile goes with which launch: what `decide` and `explain` share.

use crate::Context;
use crate::exit::{Failure, Failures};
use crate::input::{LaunchOptions, Now, ProfileOptions, shown, stdin_once};
use imagegate::{
    Assessment, Error, ErrorKind, ImageIdentity, Launch, LaunchDocument, LaunchImage, PolicySet, ScanProfile,
    Timestamp, quote,
};
use std::path::PathBuf;

/// Policies, scan reports and launches.
#[derive(clap::Args, Debug)]
pub(crate) struct Documents {
    /// The policy document
    #[arg(long, value_name = "FILE")]
    policies: PathBuf,

    /// What a scanner found in the image; several for several images. Without any, nobody scanned it
    #[arg(long = "profile", value_name = "FILE")]
    profiles: Vec<PathBuf>,

    /// How the container is about to start
    #[arg(long, value_name = "FILE")]
    launch: PathBuf,

    #[command(flatten)]
    profile_options: ProfileOptions,

    #[command(flatten)]
    launch_options: LaunchOptions,

    #[command(flatten)]
    now: Now,
}

/// One container that is about to start, with what is known of its image.
pub(crate) struct Start {
    pub(crate) launch: Launch,
    /// Or why no scan profile can be told for it.
    pub(crate) assessment: Result<Assessment, Error>,
}

/// All containers of the launch document.
pub(crate) struct Starts {
    pub(crate) now: Timestamp,
    /// What to call the launch document in messages.
    pub(crate) file: String,
    pub(crate) starts: Vec<Start>,
}

impl Documents {
    /// Reads everything; the mistakes of all documents are told at once.
    pub(crate) fn read(&self, context: &mut Context<'_>) -> Result<Starts, Failure> {
        stdin_once(self.profiles.iter().chain([&self.policies, &self.launch]))?;
        let mut failures = Failures::default();
        let now = failures.take(self.now.instant());
        let set = failures.take(context.inputs.policies(&self.policies));
        let mut profiles: Vec<ScanProfile> = Vec::new();
        for path in &self.profiles {
            let read = failures.take(context.inputs.profiles(path, &self.profile_options));
            profiles.extend(read.into_iter().flatten());
        }
        let launches = failures.take(context.inputs.launches(&self.launch, &self.launch_options));
        let (Some(now), Some(set), Some(launches)) = (now, set, launches) else {
            return Err(failures.into_failure());
        };
        failures.check()?;
        let starts = pair(&set, profiles, launches, now);
        Ok(Starts { now, file: shown(&self.launch), starts })
    }
}

/// Gives each launch its profile. One launch and one profile belong together, and if they do not, deciding says so;
/// among several, each launch takes the profile of its image, and has none if nobody scanned that image.
fn pair(
    set: &PolicySet,
    mut profiles: Vec<ScanProfile>,
    launches: Vec<Launch>,
    now: Timestamp,
) -> Vec<Start> {
    let mut distinct: Vec<ScanProfile> = Vec::with_capacity(profiles.len());
    for profile in profiles.drain(..) {
        if !distinct.contains(&profile) {
            distinct.push(profile);
        }
    }
    let candidates: Vec<Candidate> =
        distinct.iter().map(|profile| Candidate::new(set, profile, now)).collect();
    let only = match (candidates.as_slice(), launches.len()) {
        ([one], 1) => Some(one),
        _ => None,
    };
    let start = |launch: Launch| {
        let assessment = match only {
            Some(one) => Ok(one.assessment.clone()),
            None => choose(set, &candidates, &launch, now),
        };
        Start { launch, assessment }
    };
    launches.into_iter().map(start).collect()
}

struct Candidate {
    assessment: Assessment,
    /// Whether the profile states an id or digests, so that a launch which states one can be compared with it.
    is_identified: bool,
    names: Vec<String>,
}

impl Candidate {
    fn new(set: &PolicySet, profile: &ScanProfile, now: Timestamp) -> Self {
        let image = &profile.document().image;
        Self {
            assessment: set.assess(profile),
            is_identified: image.id.is_some() || !image.digests.is_empty(),
            names: image.names.iter().filter_map(|name| normalised(set, name, now)).collect(),
        }
    }
}

/// The assessment of the profile that is about the launch's image: by id or digest, else by name.
fn choose(
    set: &PolicySet,
    candidates: &[Candidate],
    launch: &Launch,
    now: Timestamp,
) -> Result<Assessment, Error> {
    let image = &launch.document().image;
    let reference = image.reference.as_deref();
    let states_identity = image.id.is_some()
        || image.digest.is_some()
        || reference.is_some_and(|reference| {
            ImageIdentity::of(reference).is_ok_and(|named| named.id.is_some() || !named.digests.is_empty())
        });
    // Where both sides state one, deciding compares them, and refuses another image.
    let by_identity = |candidate: &&Candidate| {
        states_identity && candidate.is_identified && candidate.assessment.decide(launch, now).is_ok()
    };
    let name = reference.and_then(|reference| normalised(set, reference, now));
    let by_name = |candidate: &&Candidate| name.as_ref().is_some_and(|name| candidate.names.contains(name));
    let mut found: Vec<&Candidate> = candidates.iter().filter(by_identity).collect();
    if found.is_empty() {
        found = candidates.iter().filter(by_name).collect();
    }
    match found.as_slice() {
        [] => Ok(set.assess_unscanned()),
        [one] => Ok(one.assessment.clone()),
        several => Err(Error::new(
            ErrorKind::InvalidArgument,
            "several_profiles",
            format!(
                "{} scan profiles are about image {}: give only the one to judge by",
                several.len(),
                quote(reference.or(image.id.as_deref()).unwrap_or_default())
            ),
        )),
    }
}

/// The name as the library normalises it, which a decision about a launch of that name shows.
fn normalised(set: &PolicySet, reference: &str, now: Timestamp) -> Option<String> {
    let image = LaunchImage { reference: Some(reference.to_owned()), ..LaunchImage::default() };
    let launch = Launch::new(LaunchDocument { image, ..LaunchDocument::default() }).ok()?;
    let decision = set.assess_unscanned().decide(&launch, now).ok()?;
    let document = serde_json::to_value(&decision).ok()?;
    Some(document.get("image")?.get("name")?.as_str()?.to_owned())
}
