//! Ordinary tests run what fuzzing starts from, and what it once found: `testdata/regressions/TARGET/*`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

use imagegate_fuzz_targets::{all, by_name, dictionary, seeds};
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_seeds_of_every_target_break_no_law() {
    for target in all() {
        let seeds = seeds(&target, &root());
        assert!(!seeds.is_empty(), "{} has no seeds", target.name());
        for (number, seed) in seeds.iter().enumerate() {
            assert!(catch_unwind(|| target.run(seed)).is_ok(), "{}: seed {number}", target.name());
            // Cut short.
            let part = &seed[..seed.len() / 2];
            assert!(catch_unwind(|| target.run(part)).is_ok(), "{}: seed {number}", target.name());
        }
        target.run(b"");
        assert!(dictionary(&seeds).lines().all(|line| line.starts_with('"') && line.ends_with('"')));
    }
}

#[test]
fn what_fuzzing_found_stays_fixed() {
    let mut replayed = 0;
    for folder in std::fs::read_dir(root().join("testdata/regressions")).unwrap() {
        let folder = folder.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let name = folder.file_name().unwrap().to_str().unwrap();
        let target = by_name(name).unwrap_or_else(|| panic!("testdata/regressions/{name}: no such target"));
        for file in std::fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            let bytes = std::fs::read(&file).unwrap();
            assert!(catch_unwind(|| target.run(&bytes)).is_ok(), "{}", file.display());
            replayed += 1;
        }
    }
    assert!(replayed > 0);
}
