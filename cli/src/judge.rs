//! Which scan profile goes with which launch: what `decide` and `explain` share.

use crate::Context;
use crate::exit::{Failure, Failures};
use crate::input::{Knowledge, LaunchOptions, Now, ProfileOptions, shown, stdin_once};
use imagegate::{Assessment, Error, ImageMatch, Launch, PolicySet, ScanProfile, Timestamp, quote};
use std::path::PathBuf;

/// Policies, scan reports and launches.
#[derive(clap::Args, Debug)]
pub(crate) struct Documents {
    /// The policy document
    #[arg(long, value_name = "FILE")]
    policies: PathBuf,

    /// What scanners found in the image, or a folder of such reports; several are merged, those of other images are left
    /// aside. Without any, nobody scanned it
    #[arg(long = "profile", value_name = "FILE|DIR")]
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
        let files = self.profiles.iter().chain(self.profile_options.files());
        stdin_once(files.chain([&self.policies, &self.launch]))?;
        let mut failures = Failures::default();
        let now = failures.take(self.now.instant());
        let set = failures.take(context.inputs.policies(&self.policies));
        let mut candidates: Vec<Candidate> = Vec::new();
        for path in &self.profiles {
            let read = failures.take(context.inputs.profiles_at(path, &self.profile_options));
            let is_stored = path.is_dir();
            let read = read.into_iter().flatten();
            candidates.extend(read.map(|(file, profile)| Candidate {
                file,
                profile,
                is_stored,
                is_used: false,
            }));
        }
        let knowledge = failures.take(context.inputs.knowledge(&self.profile_options));
        let launches = failures.take(context.inputs.launches(&self.launch, &self.launch_options));
        let (Some(now), Some(set), Some(launches), Some(knowledge)) = (now, set, launches, knowledge) else {
            return Err(failures.into_failure());
        };
        failures.check()?;
        let file = shown(&self.launch);
        if launches.is_empty() {
            // No decision at all must not come out as the strictest of none.
            return Err(Failure::new(format!("{file}: the document holds no launch")));
        }
        let mut pairing = Pairing { set: &set, knowledge: &knowledge, candidates, warnings: Vec::new() };
        let starts = pairing.pair(&file, launches);
        Ok(Starts { now, file, starts, warnings: pairing.warnings })
    }
}

/// A scan profile that may be about the image of a launch.
struct Candidate {
    file: String,
    profile: ScanProfile,
    /// Whether it is one of a folder: that is a store, and what happens to be in it need not be about this launch.
    is_stored: bool,
    is_used: bool,
}

/// Gives each launch what is known of its image.
struct Pairing<'p> {
    set: &'p PolicySet,
    knowledge: &'p Knowledge,
    candidates: Vec<Candidate>,
    warnings: Vec<String>,
}

impl Pairing<'_> {
    /// One launch and one profile belong together, and if they do not, deciding says so. Among several, each launch
    /// takes the profiles of its image, and none if nobody scanned that image.
    fn pair(&mut self, file: &str, launches: Vec<Launch>) -> Vec<Start> {
        if let ([launch], [candidate @ Candidate { is_stored: false, .. }]) =
            (launches.as_slice(), self.candidates.as_slice())
        {
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
            let assessment = assess(self.set, self.knowledge, &candidate.profile);
            let starts = launches.into_iter().map(|launch| Start { launch, assessment: assessment.clone() });
            return starts.collect();
        }
        let starts = launches
            .into_iter()
            .map(|launch| {
                let assessment = self.choose(&launch);
                Start { launch, assessment }
            })
            .collect();
        for unused in self.candidates.iter().filter(|candidate| !candidate.is_used && !candidate.is_stored) {
            self.warnings
                .push(format!("{}: is about none of the images that start, and is not used", unused.file));
        }
        starts
    }

    /// The assessment of the profiles that are about the launch's image: by id or digest, else by name. A profile of
    /// another image is never applied, whatever its name: the name may have moved on.
    fn choose(&mut self, launch: &Launch) -> Result<Assessment, Error> {
        let (set, knowledge) = (self.set, self.knowledge);
        let known = |profile: &ScanProfile| assess(set, knowledge, profile);
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
            [one] => known(&one.profile),
            [first, rest @ ..] => {
                let merged =
                    rest.iter().try_fold(first.profile.clone(), |merged, one| merged.merge(&one.profile));
                merged.and_then(|merged| known(&merged))
            }
        }
    }
}

/// What is known beside the reports counts for all that is merged.
fn assess(set: &PolicySet, knowledge: &Knowledge, profile: &ScanProfile) -> Result<Assessment, Error> {
    Ok(set.assess(&knowledge.apply(profile)?))
}
