//! What several tests over the corpus share.
#![allow(dead_code, reason = "each test uses its part")]

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// The corpus: `IMAGEGATE_CORPUS`, or `../shared/corpus` beside the workspace.
pub fn corpus() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("IMAGEGATE_CORPUS") {
        let named = PathBuf::from(named);
        assert!(named.is_dir(), "IMAGEGATE_CORPUS is set and no folder: {}", named.display());
        return Some(named);
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    if !beside.is_dir() {
        eprintln!("the corpus is not here: nothing is shown about real documents");
        return None;
    }
    Some(beside)
}

/// The records of a file of expectations.
pub fn records(corpus: &Path, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(corpus.join("expectations").join(name)).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// All files below a folder.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// The document of this index of a YAML file, empty ones counted; the whole of a JSON file.
pub fn document(text: &str, index: usize) -> String {
    if text.trim_start().starts_with('{') {
        return text.to_owned();
    }
    let mut documents = vec![String::new()];
    for line in text.lines() {
        let is_mark = line.trim_end() == "---" || line.starts_with("--- ");
        let is_nothing =
            |text: &str| text.lines().all(|line| line.trim().is_empty() || line.starts_with('#'));
        if is_mark && !(documents.len() == 1 && is_nothing(&documents[0])) {
            documents.push(String::new());
        } else if !is_mark {
            let last = documents.last_mut().unwrap();
            last.push_str(line);
            last.push('\n');
        }
    }
    documents.get(index).cloned().unwrap_or_default()
}
