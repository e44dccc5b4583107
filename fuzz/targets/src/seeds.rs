//! What fuzzing starts from: the documents in `testdata` and `examples`.

use crate::Target;
use crate::reference::generator::Random;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Words of a dictionary: more slow fuzzing down.
const MOST_WORDS: usize = 400;

/// The seeds of a target, from the repository at `root`.
pub fn seeds(target: &Target, root: &Path) -> Vec<Vec<u8>> {
    let data = root.join("testdata");
    let files = |folder: &str, starts: &str| files(&data.join(folder), starts);
    let name = target.name();
    match name {
        "policies" => members(&data, &["policies", "policies_text"]),
        "profile" => [files("reports", "imagegate-"), members(&data, &["profile", "profile_text"])].concat(),
        "launch" => [files("launches", "imagegate-"), members(&data, &["launch", "launch_text"])].concat(),
        "record" | "row" => crate::events::documents(name == "row"),
        "profile-detection" => files("reports", ""),
        "launch-detection" => files("launches", ""),
        "vex" => files("vex", ""),
        "enrichment" => files("enrich", ""),
        "versions" => lines(&[
            "\u{3}1:1.2.11.dfsg-2\n1.2.11~rc1\n1.2.11+b1\n>=1.2,<2||=3.0-1",
            "\u{8}1.0-alpha-1\n1.0\n1.0.0-SNAPSHOT\n<2.17.1",
            "\u{c}1.0.dev1\n1!2.0.post3+local.7\n1.0rc1\n>=1.0,<2.0",
            "\u{d}1:1.0-1.el8\n1.0~rc1-1\n1.0^git1-1\n<1:1.0",
            "\u{2}1.0.0-alpha.1\n1.0.0+build\n1.0.0\n=1.0.0",
        ]),
        "globs" => lines(&[
            "a/**/b\na/x/b",
            "**/b\nb",
            "h?st-*\nhost-1",
            "\\*\\[x\\]\n*[x]",
            "registry.example.com/**\na",
        ]),
        "differential" | "boundary" | "fold" | "queries" | "canonical" => {
            (1..8).map(|seed: u64| noise(seed, 400)).collect()
        }
        _ => [files("reports", &format!("{name}-")), files("launches", &format!("{name}-"))].concat(),
    }
}

/// Words that the mutator puts in: what stands in quotation marks in the seeds, in libFuzzer's form.
pub fn dictionary(seeds: &[Vec<u8>]) -> String {
    let mut words = BTreeSet::new();
    for seed in seeds {
        for word in String::from_utf8_lossy(seed).split('"').skip(1).step_by(2) {
            if (1..40).contains(&word.len())
                && word.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
            {
                words.insert(word.to_owned());
            }
        }
    }
    words.into_iter().take(MOST_WORDS).map(|word| format!("\"{word}\"\n\"\\\"{word}\\\"\"\n")).collect()
}

fn lines(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// The files of a folder whose names start like this, in order.
fn files(folder: &Path, starts: &str) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let named = paths.iter().filter(|path| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(starts))
    });
    named.filter_map(|path| std::fs::read(path).ok()).collect()
}

/// The documents that the cases have as one of these members.
fn members(data: &Path, names: &[&str]) -> Vec<Vec<u8>> {
    let mut found = BTreeSet::new();
    for file in files(&data.join("cases"), "") {
        let Ok(document) = serde_json::from_slice::<serde_json::Value>(&file) else { continue };
        let cases = document["cases"].as_array().cloned().unwrap_or_default();
        for place in cases.iter().chain([&document]) {
            for name in names {
                match &place[name] {
                    serde_json::Value::Null => {}
                    serde_json::Value::String(text) => drop(found.insert(text.clone())),
                    value => drop(found.insert(value.to_string())),
                }
            }
        }
    }
    found.into_iter().map(String::into_bytes).collect()
}

/// The same bytes on every machine.
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    (0..length).map(|_| random.next() as u8).collect()
}
