//! The long-lived object of an agent: policies that can be swapped while other threads decide, and the scan profiles
//! of the images on the node.

use crate::decision::{Action, Assessment, Decision, Explanation};
use crate::error::{Error, ErrorKind};
use crate::image::{Digest, Reference};
use crate::launch::Launch;
use crate::policy::PolicySet;
use crate::profile::ScanProfile;
use crate::sync::{ArcSwap, Mutex, MutexGuard};
use crate::time::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError};

/// Decides launches by image, with the newest policies and the newest profile of the image.
///
/// Deciding takes no lock. After a swap of the policies each image is assessed again once, by the first thread that
/// asks for it; others that ask for the same image meanwhile wait for that one assessment. Swapping itself costs the
/// parsing of the set, which happens before, and then one pointer.
///
/// Profiles are kept until they are removed or replaced, within a bound in bytes. When the bound is reached,
/// [`Gate::put_profile`] refuses: dropping a profile would turn a known image into one that nobody scanned.
///
/// ```
/// use imagegate::{Action, Gate, Launch, PolicySet, ScanProfile, Timestamp};
///
/// let policies = PolicySet::parse(br#"{"version": 1, "policies": [{
///     "id": "malware", "name": "Malware", "type": "risk", "enabled": true, "enabled_at": "2026-11-01T00:00:00Z",
///     "enforcement": {"mode": "immediate"}, "scope": {"images": "all"}, "criteria": {"malware": {"any": true}}
/// }]}"#)?;
/// let gate = Gate::new(policies, 64 << 20);
/// gate.put_profile(&ScanProfile::parse(br#"{
///     "version": 1, "image": {"names": ["nginx:1.27"]}, "malware": [{"path": "/usr/bin/.x"}]
/// }"#)?)?;
/// let launch = Launch::parse(br#"{"version": 1, "image": {"reference": "docker.io/nginx:1.27"}, "privileges": []}"#)?;
/// let now = Timestamp::parse("2026-11-24T06:00:00Z")?;
/// assert_eq!(gate.decide(&launch, now)?.action(), Action::Intercept);
///
/// gate.reload(PolicySet::parse(br#"{"version": 1}"#)?);
/// assert_eq!(gate.decide(&launch, now)?.action(), Action::Allow);
/// # Ok::<(), imagegate::Error>(())
/// ```
#[derive(Debug)]
pub struct Gate {
    current: ArcSwap<Generation>,
    /// By id, digest or normalised name, spread so that putting one profile copies few entries.
    shards: Box<[ArcSwap<Shard>]>,
    writer: Mutex<Writer>,
    max_bytes: usize,
    /// How often profiles were assessed under each generation.
    #[cfg(loom)]
    assessed: std::sync::Mutex<std::collections::BTreeMap<u64, usize>>,
}

type Shard = HashMap<Arc<str>, Arc<Image>>;

/// The policies of one swap.
#[derive(Debug)]
struct Generation {
    number: u64,
    policies: PolicySet,
    unscanned: OnceLock<Assessment>,
}

impl Generation {
    fn new(number: u64, policies: PolicySet) -> Arc<Self> {
        Arc::new(Self { number, policies, unscanned: OnceLock::new() })
    }

    fn unscanned(&self) -> &Assessment {
        self.unscanned.get_or_init(|| self.policies.assess_unscanned())
    }
}

/// A profile, with its assessment under the newest policies that somebody asked with.
#[derive(Debug)]
struct Image {
    profile: ScanProfile,
    assessed: ArcSwap<Assessed>,
}

#[derive(Debug)]
struct Assessed {
    /// The generation of the policies; 0 is none.
    generation: u64,
    assessment: OnceLock<Assessment>,
}

impl Assessed {
    fn under(generation: u64) -> Arc<Self> {
        Arc::new(Self { generation, assessment: OnceLock::new() })
    }
}

/// What only writers look at.
#[derive(Debug, Default)]
struct Writer {
    /// For each kept image its keys and its size.
    kept: HashMap<u64, Kept>,
    /// Which image a key leads to.
    owners: HashMap<Arc<str>, u64>,
    next: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    keys: Vec<Arc<str>>,
    bytes: usize,
}

/// What a gate holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GateStats {
    /// Images with a profile.
    pub profiles: usize,
    /// Their size in bytes, as far as it is counted against the bound.
    pub bytes: usize,
    /// How often the policies were swapped.
    pub reloads: u64,
}

// loom has to put the steps of each in order.
const SHARDS: usize = if cfg!(loom) { 2 } else { 64 };

impl Gate {
    /// A gate with these policies and no profiles yet. `max_bytes` bounds the profiles.
    pub fn new(policies: PolicySet, max_bytes: usize) -> Self {
        Self {
            current: ArcSwap::new(Generation::new(1, policies)),
            shards: (0..SHARDS).map(|_| ArcSwap::new(Arc::default())).collect(),
            writer: Mutex::default(),
            max_bytes,
            #[cfg(loom)]
            assessed: std::sync::Mutex::default(),
        }
    }

    /// Swaps the policies; decisions that are under way end with the old ones.
    pub fn reload(&self, policies: PolicySet) {
        // One writer at a time, so that generations are numbered in the order in which they become current.
        let _writer = self.writer();
        let number = self.current.load().number.saturating_add(1);
        self.current.store(Generation::new(number, policies));
    }

    /// The policies in force.
    pub fn policies(&self) -> PolicySet {
        self.current.load().policies.clone()
    }

    /// Keeps the profile, in place of one that shares its id; a digest or name leads to the newest profile that has it.
    ///
    /// # Errors
    /// `limit_exceeded` if the profiles would exceed the bound; nothing changes then.
    pub fn put_profile(&self, profile: &ScanProfile) -> Result<(), Error> {
        let keys = keys_of_profile(profile);
        let bytes = profile.approximate_bytes();
        let mut writer = self.writer();
        // A profile of the same image is replaced whole. Names move on their own: a tag may have come to mean another
        // image, whose older profile stays known under its id.
        let replaced = keys.identity.iter().find_map(|key| writer.owners.get(key).copied());
        let freed = replaced.and_then(|number| writer.kept.get(&number)).map_or(0, |kept| kept.bytes);
        let total = writer.bytes.saturating_sub(freed).saturating_add(bytes);
        if total > self.max_bytes {
            return Err(Error::new(
                ErrorKind::LimitExceeded,
                "gate_full",
                format!(
                    "the profiles would take {total} bytes, the limit is {}: remove profiles of images that are gone, or \
                     raise the limit",
                    self.max_bytes
                ),
            ));
        }
        let image = Arc::new(Image { profile: profile.clone(), assessed: ArcSwap::new(Assessed::under(0)) });
        let number = writer.next;
        writer.next = writer.next.saturating_add(1);
        let all: Vec<Arc<str>> = keys.identity.into_iter().chain(keys.names).collect();
        for key in &all {
            // The image that the key led to may now be reachable by no key at all.
            if let Some(before) = writer.owners.insert(Arc::clone(key), number) {
                Self::lose_key(&mut writer, before, key);
            }
            self.change_shard(key, |shard| {
                shard.insert(Arc::clone(key), Arc::clone(&image));
            });
        }
        // Only now, so that no decision in between finds the image unknown.
        if let Some(before) = replaced {
            self.forget(&mut writer, before);
        }
        writer.kept.insert(number, Kept { keys: all, bytes });
        writer.bytes = writer.bytes.saturating_add(bytes);
        Ok(())
    }

    /// Forgets the profile of the image with this id, digest or name. Whether there was one.
    pub fn remove_profile(&self, image: &str) -> bool {
        let Some(key) = key_of_text(image) else { return false };
        let mut writer = self.writer();
        let Some(number) = writer.owners.get(key.as_str()).copied() else { return false };
        self.forget(&mut writer, number);
        true
    }

    /// Decides a launch with the profile of its image: the one of its id, else of a digest it names, else of its name,
    /// unless that one is of another image. Without a profile the image is judged as one that nobody scanned.
    ///
    /// # Errors
    /// `image_mismatch` if the profile found by a digest is of another image.
    pub fn decide(&self, launch: &Launch, now: Timestamp) -> Result<Decision, Error> {
        self.ask(launch, |assessment| assessment.decide(launch, now))
    }

    /// The action of [`Gate::decide`] alone, as [`Assessment::action`].
    ///
    /// # Errors
    /// As [`Gate::decide`].
    pub fn action(&self, launch: &Launch, now: Timestamp) -> Result<Action, Error> {
        self.ask(launch, |assessment| assessment.action(launch, now))
    }

    /// Every policy and why it did or did not hit, as [`Assessment::explain`].
    ///
    /// # Errors
    /// As [`Gate::decide`].
    pub fn explain(&self, launch: &Launch, now: Timestamp) -> Result<Vec<Explanation>, Error> {
        self.ask(launch, |assessment| assessment.explain(launch, now))
    }

    /// What the gate holds.
    pub fn stats(&self) -> GateStats {
        let writer = self.writer();
        let reloads = self.current.load().number.saturating_sub(1);
        GateStats { profiles: writer.kept.len(), bytes: writer.bytes, reloads }
    }

    fn ask<T>(&self, launch: &Launch, ask: impl Fn(&Assessment) -> Result<T, Error>) -> Result<T, Error> {
        let generation = self.current.load();
        let by_identity = launch.id().map(|id| id.as_str()).into_iter();
        for key in by_identity.chain(named_digests(launch).map(Digest::as_str)) {
            if let Some(answer) = self.with_assessment(key, &generation, &ask) {
                return answer;
            }
        }
        let name = launch.reference().map(Reference::canonical);
        match name.and_then(|name| self.with_assessment(&name, &generation, &ask)) {
            // A name says little: the tag may have moved. A profile of another image is never applied.
            Some(Err(error)) if error.kind() == ErrorKind::ImageMismatch => ask(generation.unscanned()),
            Some(answer) => answer,
            None => ask(generation.unscanned()),
        }
    }

    /// Asks the assessment of the image under `key`, if there is one. Nothing on the way is counted: a counter that
    /// all threads share would cost more than the decision.
    fn with_assessment<T>(
        &self,
        key: &str,
        generation: &Generation,
        ask: impl Fn(&Assessment) -> Result<T, Error>,
    ) -> Option<Result<T, Error>> {
        let shard = self.shard(key)?.load();
        let image = shard.get(key)?;
        let mut assessed = image.assessed.load();
        if assessed.generation < generation.number {
            let new = Assessed::under(generation.number);
            image.assessed.compare_and_swap(&*assessed, new);
            // Whoever won, for this generation or for a newer one.
            assessed = image.assessed.load();
        }
        if assessed.generation == generation.number {
            return Some(ask(assessed.assessment.get_or_init(|| self.assess(generation, image))));
        }
        // The policies were swapped after this decision began, and it ends with the old ones.
        Some(ask(&self.assess(generation, image)))
    }

    #[cfg_attr(not(loom), expect(clippy::unused_self, reason = "the model counts"))]
    fn assess(&self, generation: &Generation, image: &Image) -> Assessment {
        #[cfg(loom)]
        {
            let mut assessed = self.assessed.lock().unwrap_or_else(PoisonError::into_inner);
            assessed
                .entry(generation.number)
                .and_modify(|count| *count = count.saturating_add(1))
                .or_insert(1);
        }
        generation.policies.assess(&image.profile)
    }

    /// How often profiles were assessed after so many reloads.
    #[cfg(loom)]
    #[doc(hidden)]
    pub fn assessments(&self, reloads: u64) -> usize {
        let assessed = self.assessed.lock().unwrap_or_else(PoisonError::into_inner);
        assessed.get(&reloads.saturating_add(1)).copied().unwrap_or_default()
    }

    fn shard(&self, key: &str) -> Option<&ArcSwap<Shard>> {
        // Ids are hashes already, and names are spread well enough by their bytes.
        let sum = key
            .bytes()
            .rev()
            .take(8)
            .fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        self.shards.get(sum % SHARDS)
    }

    /// Replaces a shard by a changed copy. Only called by the writer.
    fn change_shard(&self, key: &str, change: impl FnOnce(&mut Shard)) {
        if let Some(slot) = self.shard(key) {
            let mut shard = Shard::clone(&slot.load());
            change(&mut shard);
            slot.store(Arc::new(shard));
        }
    }

    /// A panic cannot leave the writer's state half changed in a way that matters: keys and counts are repaired by the
    /// next replacement, and decisions do not look at it.
    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn forget(&self, writer: &mut Writer, number: u64) {
        let Some(kept) = writer.kept.remove(&number) else { return };
        writer.bytes = writer.bytes.saturating_sub(kept.bytes);
        for key in kept.keys {
            writer.owners.remove(&key);
            self.change_shard(&key, |shard| {
                shard.remove(&key);
            });
        }
    }

    /// A key of `before` now leads to another image; without any key left it is gone.
    fn lose_key(writer: &mut Writer, before: u64, key: &str) {
        let Some(kept) = writer.kept.get_mut(&before) else { return };
        kept.keys.retain(|other| &**other != key);
        if kept.keys.is_empty() {
            writer.bytes = writer.bytes.saturating_sub(kept.bytes);
            writer.kept.remove(&before);
        }
    }
}

fn named_digests(launch: &Launch) -> impl Iterator<Item = &Digest> {
    launch.digest().into_iter().chain(launch.reference().and_then(Reference::digest))
}

struct Keys {
    /// Id, or without one the digests: what makes two profiles profiles of the same image.
    identity: Vec<Arc<str>>,
    /// Everything else that leads to the profile.
    names: Vec<Arc<str>>,
}

fn keys_of_profile(profile: &ScanProfile) -> Keys {
    let id: Vec<Arc<str>> = profile.id().map(|id| id.as_str().into()).into_iter().collect();
    let digests: Vec<Arc<str>> = profile.digests().iter().map(|digest| digest.as_str().into()).collect();
    let mut names: Vec<Arc<str>> = profile.names().iter().map(|name| name.canonical().into()).collect();
    names.sort_unstable();
    names.dedup();
    match (id.is_empty(), digests.is_empty()) {
        (false, _) => Keys { identity: id, names: digests.into_iter().chain(names).collect() },
        (true, false) => Keys { identity: digests, names },
        (true, true) => Keys { identity: names, names: Vec::new() },
    }
}

fn key_of_text(image: &str) -> Option<String> {
    if let Some(hash) = crate::hex::canonical_sha256_id(image) {
        return Some(hash);
    }
    let reference = Reference::parse(image).ok()?;
    Some(reference.digest().map_or_else(|| reference.canonical(), |digest| digest.as_str().to_owned()))
}
