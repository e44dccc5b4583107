//! Deciding: by the resident agent if there is one, else in this process.

use imagegate::{Decision, Launch, ScanProfile};
use imagegate_node::{Bundle, Config, ImageSources, PolicyFile, ProfileFolder, Start, Verdict};
use imagegate_node::{launch_of, now, wire};
use std::io::Read;
use std::thread;

/// How the log calls this host.
pub(crate) const HOST: &str = "hook";

pub(crate) enum Answer {
    /// The agent decided and has written down what there was to write.
    ByAgent(Verdict),
    /// Decided here.
    Here(Box<Start>),
}

/// Largest state on standard input.
const MAX_STATE: u64 = 1 << 20;

pub(crate) fn start(config: &Config) -> Answer {
    let mut state = Vec::new();
    if let Err(error) = std::io::stdin().lock().take(MAX_STATE).read_to_end(&mut state) {
        return failed(None, format!("the container's state on standard input: {error}"));
    }
    let bundle = match Bundle::from_state(&state) {
        Ok(bundle) => bundle,
        Err(error) => return failed(None, error),
    };
    let mut notes = Vec::new();
    if let Some(socket) = &config.agent {
        // Half of the time is kept for deciding here.
        let patience = config.deadline().checked_div(2).unwrap_or_default();
        match wire::ask(socket, &state, bundle.config(), patience) {
            Ok(verdict) => return Answer::ByAgent(verdict),
            Err(error) => notes.push(format!("the agent at {} did not answer: {error}", socket.display())),
        }
    }
    let sources = ImageSources::new(config.images.clone(), config.docker_root.clone());
    let launch = match launch_of(&bundle, &sources, config.node()) {
        Ok(launch) => launch,
        Err(error) => return failed(Some(&bundle), error),
    };
    let result = judge(config, &launch, &mut notes);
    let mut start = Start::new(HOST, Some(launch), result).of_container(Some(bundle.id().to_owned()));
    for note in notes {
        start.note(note);
    }
    Answer::Here(Box::new(start))
}

fn failed(bundle: Option<&Bundle>, error: String) -> Answer {
    let container = bundle.map(|bundle| bundle.id().to_owned());
    Answer::Here(Box::new(Start::new(HOST, None, Err(error)).of_container(container)))
}

/// The policies are loaded beside the profile: both are parsing, and together they are most of what a start costs.
fn judge(config: &Config, launch: &Launch, notes: &mut Vec<String>) -> Result<Decision, String> {
    let file = PolicyFile::new(config.policies.clone(), config.last_good.clone());
    let (loaded, profile) = thread::scope(|scope| {
        let loading = scope.spawn(|| file.load());
        let profile = profile_of(config, launch, notes);
        let loaded =
            loading.join().unwrap_or_else(|_| Err("loading the policies stopped half-way".to_owned()));
        (loaded, profile)
    });
    let (loaded, profile) = (loaded?, profile?);
    notes.extend(loaded.broken.map(|error| format!("the last good policies are in force: {error}")));
    notes.extend(loaded.note);
    let assessment = match &profile {
        Some(profile) => loaded.policies.assess(profile),
        None => loaded.policies.assess_unscanned(),
    };
    let now = now().map_err(|error| error.to_string())?;
    let decision = assessment.decide(launch, now).map_err(|error| error.to_string());
    // The process is about to end: giving thousands of small pieces of memory back one by one would be for nobody.
    std::mem::forget((loaded.policies, profile, assessment));
    decision
}

/// The profile of the launch's image; `None` if nobody scanned it.
fn profile_of(
    config: &Config,
    launch: &Launch,
    notes: &mut Vec<String>,
) -> Result<Option<ScanProfile>, String> {
    let Some(found) = ProfileFolder::new(config.profiles.clone()).find(launch)? else { return Ok(None) };
    let profile = found.read()?;
    if found.applies(&profile, launch) {
        return Ok(Some(profile));
    }
    notes.push(format!("{}: is about another image, and is not used", found.path.display()));
    Ok(None)
}
