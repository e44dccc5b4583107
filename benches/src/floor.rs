//! The floor: the least that anything could do for exactly these scenarios, with nothing of imagegate's semantics. It
//! knows no unknown facts, no time, no exceptions, no evidence; a rule is a bit.

use crate::naive::matches;
use crate::scenario::{Scenario, Scope};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

#[derive(Default)]
struct Fast(u64);

impl Hasher for Fast {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut state = self.0;
        let mut mix = |word: u64| {
            state = (state.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        };
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| mix(u64::from_le_bytes(*word)));
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        mix(u64::from_le_bytes(last));
        self.0 = state ^ (state >> 32);
    }

    fn write_u8(&mut self, _: u8) {}
}

type Map = HashMap<String, Vec<u32>, BuildHasherDefault<Fast>>;

/// The policies, inverted.
pub struct Floor {
    words: usize,
    by_cve: Map,
    by_package: Map,
    by_md5: Map,
    by_family: Map,
    by_type: Map,
    by_severity: [(&'static str, Vec<u64>); 3],
    /// A bit for each hash that is in one of the maps.
    filter: Vec<u64>,
}

fn hash(text: &str) -> u64 {
    let mut hasher = Fast::default();
    hasher.write(text.as_bytes());
    hasher.finish()
}

const FILTER_BITS: u64 = 1 << 19;

impl Floor {
    pub fn new(scenario: &Scenario) -> Self {
        let words = scenario.policies.len().div_ceil(64);
        let mut floor = Self {
            words,
            by_cve: Map::default(),
            by_package: Map::default(),
            by_md5: Map::default(),
            by_family: Map::default(),
            by_type: Map::default(),
            by_severity: ["low", "medium", "critical"].map(|severity| (severity, vec![0; words])),
            filter: vec![0; (FILTER_BITS / 64) as usize],
        };
        for (number, policy) in scenario.policies.iter().enumerate() {
            for (severity, rules) in &mut floor.by_severity {
                if *severity == policy.severity {
                    rules[number / 64] |= 1 << (number % 64);
                }
            }
            let lists = [
                (&mut floor.by_cve, &policy.cves),
                (&mut floor.by_package, &policy.packages),
                (&mut floor.by_md5, &policy.md5),
                (&mut floor.by_family, &policy.families),
                (&mut floor.by_type, &policy.types),
            ];
            for (map, texts) in lists {
                for text in texts {
                    map.entry(text.clone()).or_default().push(number as u32);
                    let bit = hash(text) % FILTER_BITS;
                    floor.filter[(bit / 64) as usize] |= 1 << (bit % 64);
                }
            }
        }
        floor
    }

    fn look_up<'m>(&self, map: &'m Map, text: &str) -> &'m [u32] {
        let bit = hash(text) % FILTER_BITS;
        if self.filter[(bit / 64) as usize] & (1 << (bit % 64)) == 0 {
            return &[];
        }
        map.get(text).map_or(&[], Vec::as_slice)
    }

    /// Once for a scan: the rules that hit.
    pub fn scan(&self, scenario: &Scenario) -> Vec<u64> {
        let mut hits = vec![0; self.words];
        let mut seen = [false; 3];
        let mut add =
            |rules: &[u32]| rules.iter().for_each(|rule| hits[*rule as usize / 64] |= 1 << (rule % 64));
        for finding in &scenario.vulnerabilities {
            add(self.look_up(&self.by_cve, &finding.id));
            add(self.look_up(&self.by_package, &finding.package));
            seen[match finding.severity {
                "low" => 0,
                "medium" => 1,
                _ => 2,
            }] = true;
        }
        for finding in &scenario.malware {
            add(self.look_up(&self.by_md5, &finding.md5));
            add(self.look_up(&self.by_family, &finding.family));
        }
        for kind in &scenario.secrets {
            add(self.look_up(&self.by_type, kind));
        }
        for ((_, rules), seen) in self.by_severity.iter().zip(seen) {
            if seen {
                hits.iter_mut().zip(rules).for_each(|(hits, rules)| *hits |= rules);
            }
        }
        hits
    }

    /// The same, counting every match of every rule, as totals must.
    pub fn scan_counting(&self, scenario: &Scenario) -> Vec<u32> {
        let mut totals = vec![0; self.words * 64];
        let mut by_severity = [0_u32; 3];
        for finding in &scenario.vulnerabilities {
            let severity = match finding.severity {
                "low" => 0,
                "medium" => 1,
                _ => 2,
            };
            by_severity[severity] += 1;
            let already = &self.by_severity[severity].1;
            let cves = self.look_up(&self.by_cve, &finding.id);
            let packages = self.look_up(&self.by_package, &finding.package);
            for rule in cves.iter().chain(packages.iter().filter(|rule| !cves.contains(rule))) {
                if already[*rule as usize / 64] & (1 << (rule % 64)) == 0 {
                    totals[*rule as usize] += 1;
                }
            }
        }
        for ((_, rules), count) in self.by_severity.iter().zip(by_severity) {
            if count > 0 {
                for (number, total) in totals.iter_mut().enumerate() {
                    *total += count * (rules[number / 64] >> (number % 64) & 1) as u32;
                }
            }
        }
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

/// For each launch of an assessed image: hits and scope found by the image's id, and with each other (tier B2).
pub struct Launches {
    by_image: HashMap<String, (Vec<u64>, Vec<u64>), BuildHasherDefault<Fast>>,
}

impl Launches {
    pub fn new(image: &str, hits: Vec<u64>, scope: Vec<u64>) -> Self {
        Self { by_image: [(image.to_owned(), (hits, scope))].into_iter().collect() }
    }

    /// The rules that hit.
    pub fn decide(&self, image: &str) -> Vec<usize> {
        let mut hitting = Vec::new();
        let Some((hits, scope)) = self.by_image.get(image) else { return hitting };
        for (word, (hits, scope)) in hits.iter().zip(scope).enumerate() {
            let mut both = hits & scope;
            while both != 0 {
                hitting.push(word * 64 + both.trailing_zeros() as usize);
                both &= both - 1;
            }
        }
        hitting
    }
}
