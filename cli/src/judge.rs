//! Which scan profile goes with which launch: what `decide` and `explain` share.

use crate::Context;
use crate::exit::{Failure, Failures};
use crate::input::{LaunchOptions, Now, ProfileOptions, shown, stdin_once};
use imagegate::{Assessment, Error, ImageMatch, Launch, PolicySet, ScanProfile, Timestamp, quote};
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
        let candidates =
            profiles.into_iter().map(|(file, profile)| Candidate { file, profile, is_used: false });
        let mut pairing = Pairing { set: &set, candidates: candidates.collect(), warnings: Vec::new() };
        let starts = pairing.pair(&file, launches);
        Ok(Starts { now, file, starts, warnings: pairing.warnings })
    }
}

/// A scan profile that may be about the image of a launch.
struct Candidate {
    file: String,
    profile: ScanProfile,
    is_used: bool,
}

/// Gives each launch what is known of its image.
struct Pairing<'p> {
    set: &'p PolicySet,
    candidates: Vec<Candidate>,
    warnings: Vec<String>,
}

impl Pairing<'_> {
    /// One launch and one profile belong together, and if they do not, deciding says so. Among several, each launch
    /// takes the profiles of its image, and none if nobody scanned that image.
    fn pair(&mut self, file: &str, launches: Vec<Launch>) -> Vec<Start> {
        if let ([launch], [candidate]) = (launches.as_slice(), self.candidates.as_slice()) {
            let image = &candidate.profile.document().image;
            if let (ImageMatch::Nothing, Some(launched), Some(scanned)) = (
                candidate.profile.image_match(launch),
                &launch.document().image.reference,
                image.names.first(),
            ) {
                self.warnings.push(format!(
                    "{file}: the launch is of {}, {} about {}: names are not compared, and the launch states no id or \
                     digest that could be",
                    quote(launched),
                    candidate.file,
                    quote(scanned)
                ));
            }
            let assessment = self.set.assess(&candidate.profile);
            let starts =
                launches.into_iter().map(|launch| Start { launch, assessment: Ok(assessment.clone()) });
            return starts.collect();
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

    /// The assessment of the profiles that are about the launch's image: by id or digest, else by name. A profile of
    /// another image is never applied, whatever its name: the name may have moved on.
    fn choose(&mut self, launch: &Launch) -> Result<Assessment, Error> {
        let mut found: Vec<&Candidate> = Vec::new();
        for candidate in &mut self.candidates {
            let relation = candidate.profile.image_match(launch);
            if matches!(relation, ImageMatch::Identity | ImageMatch::Name | ImageMatch::NameOnly) {
                candidate.is_used = true;
                found.push(candidate);
            }
        }
        match found.as_slice() {
            [] => Ok(self.set.assess_unscanned()),
            [one] => Ok(self.set.assess(&one.profile)),
            [first, rest @ ..] => {
                let merged =
                    rest.iter().try_fold(first.profile.clone(), |merged, one| merged.merge(&one.profile));
                merged.map(|merged| self.set.assess(&merged))
            }
        }
    }
}
