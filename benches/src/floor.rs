//! The floor: the least that anything could do for exactly these scenarios, with nothing of imagegate's semantics. It
//! knows no unknown facts, no time, no exceptions, no evidence; a rule is a bit.

use crate::naive::matches;
use crate::scenario::{Scenario, Scope};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// For maps whose keys are hashes already.
#[derive(Default)]
struct Given(u64);

impl Hasher for Given {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("the keys are numbers");
    }

    fn write_u64(&mut self, key: u64) {
        self.0 = key;
    }
}

type ByHash<V> = HashMap<u64, V, BuildHasherDefault<Given>>;

/// Overlapping words: no text is copied, and most take two loads.
fn hash(text: &str) -> u64 {
    const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;
    let bytes = text.as_bytes();
    let mix = |state: u64, word: u64| {
        let product = u128::from(state ^ word) * u128::from(MULTIPLIER);
        (product >> 64) as u64 ^ product as u64
    };
    let length = bytes.len() as u64;
    match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            let mut state = length ^ MULTIPLIER;
            if bytes.len() > 16 {
                let (words, _) = bytes.as_chunks::<8>();
                for word in words {
                    state = mix(state, u64::from_le_bytes(*word));
                }
            } else {
                state = mix(state, u64::from_le_bytes(*first));
            }
            mix(state, u64::from_le_bytes(*last).rotate_left(17))
        }
        _ => {
            let word = bytes.iter().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
            mix(mix(length ^ MULTIPLIER, word), length)
        }
    }
}

/// From texts to the rules that list them, with a bit for each hash in front.
struct Texts {
    filter: Vec<u64>,
    by_hash: ByHash<Vec<(String, Vec<u32>)>>,
}

impl Texts {
    fn new<'s>(lists: impl Iterator<Item = &'s [String]>, keys: usize) -> Self {
        let bits = (keys * 16).next_power_of_two().max(64);
        let mut texts = Self { filter: vec![0; bits / 64], by_hash: ByHash::default() };
        for (rule, list) in lists.enumerate() {
            for text in list {
                let hash = hash(text);
                let (word, bit) = texts.bit(hash);
                texts.filter[word] |= bit;
                let same_hash = texts.by_hash.entry(hash).or_default();
                let at = same_hash.iter().position(|(known, _)| known == text).unwrap_or_else(|| {
                    same_hash.push((text.clone(), Vec::new()));
                    same_hash.len() - 1
                });
                let rules = &mut same_hash[at].1;
                if rules.last() != Some(&(rule as u32)) {
                    rules.push(rule as u32);
                }
            }
        }
        texts
    }

    fn bit(&self, hash: u64) -> (usize, u64) {
        ((hash >> 32) as usize & (self.filter.len() - 1), 1 << (hash & 63))
    }

    fn get(&self, hash: u64, text: &str) -> &[u32] {
        let (word, bit) = self.bit(hash);
        if self.filter[word] & bit == 0 { &[] } else { self.find(hash, text) }
    }

    #[cold]
    fn find(&self, hash: u64, text: &str) -> &[u32] {
        let same_hash = self.by_hash.get(&hash).map_or(&[][..], Vec::as_slice);
        same_hash.iter().find(|(known, _)| known == text).map_or(&[], |(_, rules)| rules)
    }
}

/// The policies, inverted.
pub struct Floor {
    words: usize,
    by_cve: Texts,
    by_package: Texts,
    by_md5: Texts,
    by_family: Texts,
    by_type: Texts,
    by_severity: [Vec<u64>; 3],
}

fn severity(word: &str) -> usize {
    match word {
        "low" => 0,
        "medium" => 1,
        _ => 2,
    }
}

/// Findings as numbers, made when the scan is read, as a profile is.
pub struct Prepared {
    /// Hashes of id and package, and the severity.
    vulnerabilities: Vec<(u64, u64, u8)>,
    malware: Vec<(u64, u64)>,
    secrets: Vec<u64>,
}

impl Prepared {
    pub fn new(scenario: &Scenario) -> Self {
        let vulnerabilities = scenario.vulnerabilities.iter();
        let malware = scenario.malware.iter();
        Self {
            vulnerabilities: vulnerabilities
                .map(|finding| (hash(&finding.id), hash(&finding.package), severity(finding.severity) as u8))
                .collect(),
            malware: malware.map(|finding| (hash(&finding.md5), hash(&finding.family))).collect(),
            secrets: scenario.secrets.iter().map(|kind| hash(kind)).collect(),
        }
    }
}

impl Floor {
    pub fn new(scenario: &Scenario) -> Self {
        let policies = &scenario.policies;
        let words = policies.len().div_ceil(64);
        let mut by_severity = [vec![0; words], vec![0; words], vec![0; words]];
        for (number, policy) in policies.iter().enumerate() {
            by_severity[severity(policy.severity)][number / 64] |= 1 << (number % 64);
        }
        let count = policies.len();
        Self {
            words,
            by_cve: Texts::new(policies.iter().map(|policy| policy.cves.as_slice()), count * 20),
            by_package: Texts::new(policies.iter().map(|policy| policy.packages.as_slice()), count * 10),
            by_md5: Texts::new(policies.iter().map(|policy| policy.md5.as_slice()), count * 10),
            by_family: Texts::new(policies.iter().map(|policy| policy.families.as_slice()), count * 3),
            by_type: Texts::new(policies.iter().map(|policy| policy.types.as_slice()), count * 3),
            by_severity,
        }
    }

    /// Once for a scan, from texts: the rules that hit.
    pub fn scan_texts(&self, scenario: &Scenario) -> Vec<u64> {
        let mut hits = vec![0; self.words];
        let mut seen = [false; 3];
        let mut add = |rules: &[u32]| set(&mut hits, rules);
        for finding in &scenario.vulnerabilities {
            add(self.by_cve.get(hash(&finding.id), &finding.id));
            add(self.by_package.get(hash(&finding.package), &finding.package));
            seen[severity(finding.severity)] = true;
        }
        for finding in &scenario.malware {
            add(self.by_md5.get(hash(&finding.md5), &finding.md5));
            add(self.by_family.get(hash(&finding.family), &finding.family));
        }
        for kind in &scenario.secrets {
            add(self.by_type.get(hash(kind), kind));
        }
        self.add_severities(&mut hits, seen);
        hits
    }

    /// Once for a scan whose findings are numbers already: the rules that hit.
    pub fn scan(&self, findings: &Prepared, scenario: &Scenario) -> Vec<u64> {
        let mut hits = vec![0; self.words];
        let mut seen = [false; 3];
        let mut add = |rules: &[u32]| set(&mut hits, rules);
        for ((id, package, severity), finding) in
            findings.vulnerabilities.iter().zip(&scenario.vulnerabilities)
        {
            add(self.by_cve.get(*id, &finding.id));
            add(self.by_package.get(*package, &finding.package));
            seen[usize::from(*severity)] = true;
        }
        for ((md5, family), finding) in findings.malware.iter().zip(&scenario.malware) {
            add(self.by_md5.get(*md5, &finding.md5));
            add(self.by_family.get(*family, &finding.family));
        }
        for (hash, kind) in findings.secrets.iter().zip(&scenario.secrets) {
            add(self.by_type.get(*hash, kind));
        }
        self.add_severities(&mut hits, seen);
        hits
    }

    fn add_severities(&self, hits: &mut [u64], seen: [bool; 3]) {
        for (rules, _) in self.by_severity.iter().zip(seen).filter(|(_, seen)| *seen) {
            hits.iter_mut().zip(rules).for_each(|(hits, rules)| *hits |= rules);
        }
    }

    /// The extended floor: how many findings of each category every rule matches, as totals must.
    pub fn scan_counting(&self, findings: &Prepared, scenario: &Scenario) -> Vec<[u32; 3]> {
        let mut totals = vec![[0; 3]; self.words * 64];
        let mut by_severity = [0_u32; 3];
        for ((id, package, severity), finding) in
            findings.vulnerabilities.iter().zip(&scenario.vulnerabilities)
        {
            let severity = usize::from(*severity);
            by_severity[severity] += 1;
            let already = &self.by_severity[severity];
            let new = |rule: u32| already[rule as usize / 64] & (1 << (rule % 64)) == 0;
            let by_id = self.by_cve.get(*id, &finding.id);
            let by_package = self.by_package.get(*package, &finding.package);
            for rule in union(by_id, by_package).filter(|rule| new(*rule)) {
                totals[rule as usize][0] += 1;
            }
        }
        for (rules, count) in self.by_severity.iter().zip(by_severity).filter(|(_, count)| *count > 0) {
            for_each_bit(rules, |rule| totals[rule][0] += count);
        }
        for ((md5, family), finding) in findings.malware.iter().zip(&scenario.malware) {
            let by_md5 = self.by_md5.get(*md5, &finding.md5);
            union(by_md5, self.by_family.get(*family, &finding.family))
                .for_each(|rule| totals[rule as usize][1] += 1);
        }
        for (hash, kind) in findings.secrets.iter().zip(&scenario.secrets) {
            self.by_type.get(*hash, kind).iter().for_each(|rule| totals[*rule as usize][2] += 1);
        }
        totals.truncate(scenario.policies.len());
        totals
    }

    /// Once for an image: the rules in scope.
    pub fn scope(&self, scenario: &Scenario) -> Vec<u64> {
        let mut scope = vec![0; self.words];
        for (number, policy) in scenario.policies.iter().enumerate() {
            let covers = match &policy.scope {
                Scope::All => true,
                Scope::Ids(ids) => ids.contains(&scenario.image_id),
                Scope::Names(globs) => {
                    globs.iter().any(|glob| matches(glob.as_bytes(), scenario.image_name.as_bytes()))
                }
            };
            if covers {
                scope[number / 64] |= 1 << (number % 64);
            }
        }
        scope
    }
}

fn set(hits: &mut [u64], rules: &[u32]) {
    for rule in rules {
        hits[*rule as usize / 64] |= 1 << (rule % 64);
    }
}

fn union<'r>(left: &'r [u32], right: &'r [u32]) -> impl Iterator<Item = u32> + 'r {
    left.iter().chain(right.iter().filter(move |rule| !left.contains(rule))).copied()
}

fn for_each_bit(words: &[u64], mut each: impl FnMut(usize)) {
    for (word, bits) in words.iter().enumerate() {
        let mut bits = *bits;
        while bits != 0 {
            each(word * 64 + bits.trailing_zeros() as usize);
            bits &= bits - 1;
        }
    }
}

/// For each launch of an assessed image, found by the image's id.
pub struct Launches {
    by_image: ByHash<Image>,
}

struct Image {
    id: String,
    hits: Vec<u64>,
    scope: Vec<u64>,
    verdict: Option<usize>,
}

impl Launches {
    pub fn new(image: &str, hits: Vec<u64>, scope: Vec<u64>) -> Self {
        let mut verdict = None;
        let both: Vec<u64> = hits.iter().zip(&scope).map(|(hits, scope)| hits & scope).collect();
        for_each_bit(&both, |rule| verdict = verdict.or(Some(rule)));
        let image = Image { id: image.to_owned(), hits, scope, verdict };
        Self { by_image: [(hash(&image.id), image)].into_iter().collect() }
    }

    fn image(&self, id: &str) -> Option<&Image> {
        self.by_image.get(&hash(id)).filter(|image| image.id == id)
    }

    /// Tier B2: the rules that hit, by a mask of hits and one of scope, into a vector that is used again.
    pub fn decide(&self, image: &str, hitting: &mut Vec<usize>) {
        hitting.clear();
        let Some(image) = self.image(image) else { return };
        for (word, (hits, scope)) in image.hits.iter().zip(&image.scope).enumerate() {
            let mut both = hits & scope;
            while both != 0 {
                hitting.push(word * 64 + both.trailing_zeros() as usize);
                both &= both - 1;
            }
        }
    }

    /// Tier C: the finished verdict.
    pub fn verdict(&self, image: &str) -> Option<usize> {
        self.image(image)?.verdict
    }
}
