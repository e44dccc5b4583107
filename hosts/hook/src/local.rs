//! Deciding: by the resident agent if there is one, else in this process.

use imagegate::{Decision, Launch};
use imagegate_node::{Bundle, Config, ImageSources, PolicyFile, ProfileFolder, Start, Verdict};
use imagegate_node::{launch_of, now, wire};
use std::io::Read;

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

fn judge(config: &Config, launch: &Launch, notes: &mut Vec<String>) -> Result<Decision, String> {
    let folder = ProfileFolder::new(config.profiles.clone());
    let mut profile = None;
    if let Some(found) = folder.find(launch)? {
        let read = found.read()?;
        if found.applies(&read, launch) {
            profile = Some(read);
        } else {
            notes.push(format!("{}: is about another image, and is not used", found.path.display()));
        }
    }
    let loaded = PolicyFile::new(config.policies.clone(), config.last_good.clone()).load()?;
    notes.extend(loaded.broken.map(|error| format!("the last good policies are in force: {error}")));
    notes.extend(loaded.note);
    let assessment = match &profile {
        Some(profile) => loaded.policies.assess(profile),
        None => loaded.policies.assess_unscanned(),
    };
    let now = now().map_err(|error| error.to_string())?;
    assessment.decide(launch, now).map_err(|error| error.to_string())
}
