//! What stays in memory between starts: the policies in force and the assessments of images.
//!
//! Files are looked at for every decision (one `stat` each), so that what an operator saves is in force with the next
//! start. Policies that are broken change nothing.

use crate::metrics::Metrics;
use crate::recorder::Recorder;
use imagegate::{Assessment, Decision, Launch, Node, PolicySet};
use imagegate_node::{
    Config, Found, ImageSources, Outcome, PolicyFile, ProfileFolder, Stamp, Start, StartLog, Verdict, now,
};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Instant, SystemTime};

/// The state of an agent.
pub(crate) struct Resident {
    pub(crate) config: Config,
    pub(crate) node: Node,
    pub(crate) sources: ImageSources,
    pub(crate) metrics: Metrics,
    file: PolicyFile,
    in_force: RwLock<Arc<InForce>>,
    reload: Mutex<()>,
    folder: ProfileFolder,
    cache: Mutex<Cache>,
    log: StartLog,
    recorder: Option<Recorder>,
}

/// Policies, and the state of the file that they were read from.
struct InForce {
    policies: PolicySet,
    number: u64,
    /// `None` if the file was about to change, or not there.
    stamp: Option<Stamp>,
    /// Why the file's policies are not these.
    broken: Option<String>,
}

/// Assessments by the file of the profile, and by what its name was taken for.
#[derive(Default)]
struct Cache {
    entries: HashMap<(PathBuf, bool), Cached>,
    bytes: u64,
}

#[derive(Clone)]
struct Cached {
    stamp: Stamp,
    number: u64,
    assessment: Assessment,
}

/// Profiles are kept up to this many bytes of their files.
const CACHE_BYTES: u64 = 256 << 20;

/// What is written down of a start.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// All that was not simply allowed.
    All,
    /// Only what refuses: the start itself is still to come, and is decided again.
    Refusals,
    /// Nothing: whatever is asked for does not happen.
    Nothing,
}

impl Resident {
    /// Loads the policies, so that an agent that is up can decide.
    pub(crate) fn new(config: Config) -> Result<Self, String> {
        let file = PolicyFile::new(config.policies.clone(), config.last_good.clone());
        let metrics = Metrics::default();
        let in_force = InForce::load(&file, 1)?;
        if let Some(error) = &in_force.broken {
            metrics.broken_reloads.inc();
            eprintln!("imagegate-agent: the last good policies are in force: {error}");
        }
        Ok(Self {
            node: config.node(),
            sources: ImageSources::new(config.images.clone(), config.docker_root.clone()),
            metrics,
            in_force: RwLock::new(Arc::new(in_force)),
            reload: Mutex::new(()),
            folder: ProfileFolder::new(config.profiles.clone()),
            cache: Mutex::default(),
            log: StartLog::new(config.log.clone()),
            recorder: config.events.clone().map(Recorder::new).transpose()?,
            file,
            config,
        })
    }

    /// Decides a start, or takes note of why there is nothing to decide with, and writes down what is to be kept.
    pub(crate) fn conclude(
        &self,
        host: &'static str,
        container: Option<String>,
        launch: Result<Launch, String>,
        keep: Keep,
    ) -> Verdict {
        let begin = Instant::now();
        let mut notes = Vec::new();
        let (launch, result) = match launch {
            Ok(launch) => {
                let result = self.decide(&launch, &mut notes);
                (Some(launch), result)
            }
            Err(error) => (None, Err(error)),
        };
        let mut start = Start::new(host, launch, result).of_container(container);
        notes.into_iter().for_each(|note| start.note(note));
        start.settle(self.config.on_error, self.config.overrides.as_deref());
        let decided = matches!(start.verdict().outcome, Outcome::Allow | Outcome::Alarm);
        let verdict = if keep == Keep::Nothing || (keep == Keep::Refusals && decided) {
            start.verdict().clone()
        } else {
            if let Some(recorder) = &self.recorder {
                let records = start.records();
                if !records.is_empty() {
                    start.recorded(recorder.record(records));
                }
            }
            if start.store_failed() {
                self.metrics.store_failures.inc();
            }
            start.finish(&self.log)
        };
        self.metrics.decided(&verdict, begin.elapsed());
        verdict
    }

    fn decide(&self, launch: &Launch, notes: &mut Vec<String>) -> Result<Decision, String> {
        let in_force = self.in_force();
        notes.extend(
            in_force.broken.iter().map(|error| format!("the last good policies are in force: {error}")),
        );
        let assessment = match self.assessment(&in_force, launch, notes)? {
            Some(assessment) => assessment,
            None => {
                self.metrics.not_scanned.inc();
                in_force.policies.assess_unscanned()
            }
        };
        let now = now().map_err(|error| error.to_string())?;
        assessment.decide(launch, now).map_err(|error| error.to_string())
    }

    /// The policies in force, after a look at their file.
    fn in_force(&self) -> Arc<InForce> {
        let current = Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner));
        if current.is_current(&self.file) {
            return current;
        }
        // One loads, the others wait for it: what was saved is in force for all that come after.
        let _reload = lock(&self.reload);
        let current = Arc::clone(&self.in_force.read().unwrap_or_else(PoisonError::into_inner));
        if current.is_current(&self.file) {
            return current;
        }
        let new = Arc::new(self.reloaded(&current));
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&new);
        new
    }

    fn reloaded(&self, current: &InForce) -> InForce {
        let number = current.number.saturating_add(1);
        let stamp = settled_stamp(&self.file);
        let broken = match InForce::load(&self.file, number) {
            Ok(InForce { broken: Some(error), .. }) | Err(error) => error,
            Ok(new) => {
                if new.policies.revision() != current.policies.revision() {
                    self.metrics.reloads.inc();
                }
                return new;
            }
        };
        if current.broken.as_ref() != Some(&broken) {
            self.metrics.broken_reloads.inc();
            eprintln!("imagegate-agent: the policies in force stay: {broken}");
        }
        InForce { policies: current.policies.clone(), number: current.number, stamp, broken: Some(broken) }
    }

    /// The assessment of the launch's image; `None` if nobody scanned it.
    fn assessment(
        &self,
        in_force: &InForce,
        launch: &Launch,
        notes: &mut Vec<String>,
    ) -> Result<Option<Assessment>, String> {
        let Some(found) = self.folder.find(launch)? else { return Ok(None) };
        let key = (found.path.clone(), found.named.id.is_some());
        let cached = lock(&self.cache).entries.get(&key).filter(|entry| entry.stamp == found.stamp).cloned();
        let assessment = match cached {
            Some(entry) if entry.number == in_force.number => entry.assessment,
            Some(Cached { assessment, .. }) if assessment.profile().is_some() => {
                // The same profile under newer policies.
                let profile = assessment.profile().cloned();
                let profile = profile.ok_or_else(|| "the cache holds no profile".to_owned())?;
                self.keep(key, &found, in_force, in_force.policies.assess(&profile))
            }
            _ => {
                self.metrics.cache_misses.inc();
                self.keep(key, &found, in_force, in_force.policies.assess(&found.read()?))
            }
        };
        let applies = assessment.profile().is_some_and(|profile| found.applies(profile, launch));
        if !applies {
            notes.push(format!("{}: is about another image, and is not used", found.path.display()));
        }
        Ok(applies.then_some(assessment))
    }

    fn keep(
        &self,
        key: (PathBuf, bool),
        found: &Found,
        in_force: &InForce,
        assessment: Assessment,
    ) -> Assessment {
        if found.stamp.is_settled(SystemTime::now()) {
            let entry =
                Cached { stamp: found.stamp, number: in_force.number, assessment: assessment.clone() };
            lock(&self.cache).put(key, entry);
        }
        assessment
    }
}

impl Cache {
    fn put(&mut self, key: (PathBuf, bool), entry: Cached) {
        self.bytes = self.bytes.saturating_add(entry.stamp.bytes());
        if let Some(before) = self.entries.insert(key, entry) {
            self.bytes = self.bytes.saturating_sub(before.stamp.bytes());
        }
        // Whichever goes can be read again.
        while self.bytes > CACHE_BYTES {
            let Some(key) = self.entries.keys().next().cloned() else { return };
            if let Some(gone) = self.entries.remove(&key) {
                self.bytes = self.bytes.saturating_sub(gone.stamp.bytes());
            }
        }
    }
}

impl InForce {
    fn load(file: &PolicyFile, number: u64) -> Result<Self, String> {
        // Before reading: a change in between shows as another stamp.
        let stamp = settled_stamp(file);
        let loaded = file.load()?;
        if let Some(note) = &loaded.note {
            eprintln!("imagegate-agent: {note}");
        }
        Ok(Self { policies: loaded.policies, number, stamp, broken: loaded.broken })
    }

    fn is_current(&self, file: &PolicyFile) -> bool {
        self.stamp.is_some() && Stamp::of(file.path()).ok() == self.stamp
    }
}

/// The stamp of the policies, unless they changed so recently that they may change again without its showing.
fn settled_stamp(file: &PolicyFile) -> Option<Stamp> {
    Stamp::of(file.path()).ok().filter(|stamp| stamp.is_settled(SystemTime::now()))
}

/// Nothing behind these locks can be left half changed in a way that matters.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
