//! Which scan profile goes with which launch: what `decide` and `explain` share.

use crate::Context;
use crate::exit::{Failure, Failures};
use crate::input::{LaunchOptions, Now, ProfileOptions, shown, stdin_once};
use imagegate::{
    Assessment, Error, ImageIdentity, Launch, LaunchDocument, LaunchImage, PolicySet, ScanProfile, Timestamp,
    quote,
};
use std::path::PathBuf;

/// Policies, scan reports and launches.
#[derive(clap::Args, Debug)]
pub(crate) struct Documents {
    /// The policy document
    #[arg(long, value_name = "FILE")]
    policies: PathBuf,

    /// What scanners found in the image; several are merged, those of other images are left aside. Without any, nobody scanned it
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
    /// What looks like a mistake in the choice of documents, one sentence each.
    pub(crate) warnings: Vec<String>,
}

impl Documents {
    /// Reads everything; the mistakes of all documents are told at once.
    pub(crate) fn read(&self, context: &mut Context<'_>) -> Result<Starts, Failure> {
        stdin_once(self.profiles.iter().chain([&self.policies, &self.launch]))?;
        let mut failures = Failures::default();
        let now = failures.take(self.now.instant());
        let set = failures.take(context.inputs.policies(&self.policies));
        let mut profiles: Vec<(String, ScanProfile)> = Vec::new();
        for path in &self.profiles {
            let read = failures.take(context.inputs.profiles(path, &self.profile_options));
            profiles.extend(read.into_iter().flatten().map(|profile| (shown(path), profile)));
        }
        let launches = failures.take(context.inputs.launches(&self.launch, &self.launch_options));
        let (Some(now), Some(set), Some(launches)) = (now, set, launches) else {
            return Err(failures.into_failure());
        };
        failures.check()?;
        let file = shown(&self.launch);
        if launches.is_empty() {
            // No decision at all must not come out as the strictest of none.
            return Err(Failure::new(format!("{file}: the document holds no launch")));
        }
        let candidates = profiles.into_iter().map(|(file, profile)| Candidate::new(&set, file, profile, now));
        let mut pairing = Pairing { set: &set, now, candidates: candidates.collect(), warnings: Vec::new() };
        let starts = pairing.pair(&file, launches);
        Ok(Starts { now, file, starts, warnings: pairing.warnings })
    }
}

/// A scan profile that may be about the image of a launch.
struct Candidate {
    file: String,
    profile: ScanProfile,
    assessment: Assessment,
    /// Whether the profile states an id or digests, so that a launch which states one can be compared with it.
    is_identified: bool,
    names: Vec<String>,
    is_used: bool,
}

impl Candidate {
    fn new(set: &PolicySet, file: String, profile: ScanProfile, now: Timestamp) -> Self {
        let image = &profile.document().image;
        Self {
            assessment: set.assess(&profile),
            is_identified: image.id.is_some() || !image.digests.is_empty(),
            names: image.names.iter().filter_map(|name| normalised(set, name, now)).collect(),
            is_used: false,
            file,
            profile,
        }
    }
}

/// Gives each launch what is known of its image.
struct Pairing<'p> {
    set: &'p PolicySet,
    now: Timestamp,
    candidates: Vec<Candidate>,
    warnings: Vec<String>,
}

impl Pairing<'_> {
    /// One launch and one profile belong together, and if they do not, deciding says so. Among several, each launch
    /// takes the profiles of its image, and none if nobody scanned that image.
    fn pair(&mut self, file: &str, launches: Vec<Launch>) -> Vec<Start> {
        if let ([launch], [candidate]) = (launches.as_slice(), self.candidates.as_slice()) {
            let assessment = candidate.assessment.clone();
            let name = self.name(launch);
            if let (Some(name), false) = (name, states_identity(launch))
                && !candidate.names.is_empty()
                && !candidate.names.contains(&name)
            {
                self.warnings.push(format!(
                    "{file}: the launch is of {}, {} about {}: names are not compared, and the launch states no id or \
                     digest that could be",
                    quote(&name),
                    candidate.file,
                    candidate.names.first().map(|name| quote(name)).unwrap_or_default()
                ));
            }
            return launches
                .into_iter()
                .map(|launch| Start { launch, assessment: Ok(assessment.clone()) })
                .collect();
        }
        let starts = launches
            .into_iter()
            .map(|launch| {
                let assessment = self.choose(&launch);
                Start { launch, assessment }
            })
            .collect();
        for unused in self.candidates.iter().filter(|candidate| !candidate.is_used) {
            self.warnings
                .push(format!("{}: is about none of the images that start, and is not used", unused.file));
        }
        starts
    }

    /// The assessment of the profiles that are about the launch's image: by id or digest, else by name.
    fn choose(&mut self, launch: &Launch) -> Result<Assessment, Error> {
        let name = self.name(launch);
        let states_identity = states_identity(launch);
        // Where both sides state an identity, deciding compares it, and refuses another image.
        let by_identity: Vec<bool> = self
            .candidates
            .iter()
            .map(|one| {
                states_identity && one.is_identified && one.assessment.decide(launch, self.now).is_ok()
            })
            .collect();
        // A profile of that name but of another identity is of an image that the name has left behind.
        let is_identified = by_identity.contains(&true);
        let mut found: Vec<&mut Candidate> = Vec::new();
        for (candidate, by_identity) in self.candidates.iter_mut().zip(by_identity) {
            let by_name = name.as_ref().is_some_and(|name| candidate.names.contains(name));
            if by_identity || (by_name && !(is_identified && candidate.is_identified)) {
                candidate.is_used = true;
                found.push(candidate);
            }
        }
        match found.as_slice() {
            [] => Ok(self.set.assess_unscanned()),
            [one] => Ok(one.assessment.clone()),
            [first, rest @ ..] => {
                let merged =
                    rest.iter().try_fold(first.profile.clone(), |merged, one| merged.merge(&one.profile));
                merged.map(|merged| self.set.assess(&merged))
            }
        }
    }

    fn name(&self, launch: &Launch) -> Option<String> {
        normalised(self.set, launch.document().image.reference.as_deref()?, self.now)
    }
}

/// Whether the launch states an id or a digest.
fn states_identity(launch: &Launch) -> bool {
    let image = &launch.document().image;
    let in_reference = || {
        let named = ImageIdentity::of(image.reference.as_deref()?).ok()?;
        Some(named.id.is_some() || !named.digests.is_empty())
    };
    image.id.is_some() || image.digest.is_some() || in_reference().unwrap_or(false)
}

/// The name as the library normalises it, which a decision about a launch of that name shows.
fn normalised(set: &PolicySet, reference: &str, now: Timestamp) -> Option<String> {
    let image = LaunchImage { reference: Some(reference.to_owned()), ..LaunchImage::default() };
    let launch = Launch::new(LaunchDocument { image, ..LaunchDocument::default() }).ok()?;
    let decision = set.assess_unscanned().decide(&launch, now).ok()?;
    let document = serde_json::to_value(&decision).ok()?;
    Some(document.get("image")?.get("name")?.as_str()?.to_owned())
}
