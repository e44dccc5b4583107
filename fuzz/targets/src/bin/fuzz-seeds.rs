//! Writes what fuzzing starts from: `fuzz-seeds ROOT OUT` fills `OUT/TARGET/` with the seeds of each target and
//! `OUT/TARGET.dict` with its words, and prints the names of the targets.
//!
//! Real documents, from `$IMAGEGATE_CORPUS` or `../shared/corpus` beside the repository, are seeds of the readers that
//! read them.

use imagegate_fuzz_targets::{all, dictionary, seeds};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Real documents of a target, and the size of one: more slow fuzzing down.
const MOST_DOCUMENTS: usize = 30;
const LARGEST_DOCUMENT: u64 = 32 << 10;

fn main() -> io::Result<()> {
    let mut folders = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(root), Some(out)) = (folders.next(), folders.next()) else {
        return Err(io::Error::other("usage: fuzz-seeds ROOT OUT"));
    };
    let corpus =
        std::env::var_os("IMAGEGATE_CORPUS").map_or_else(|| root.join("../shared/corpus"), PathBuf::from);
    let mut documents = Vec::new();
    if corpus.is_dir() {
        small_files(&corpus.join("files"), &mut documents)?;
    }
    for target in all() {
        let mut seeds = seeds(&target, &root);
        seeds
            .extend(documents.iter().filter(|document| target.reads(document)).take(MOST_DOCUMENTS).cloned());
        let folder = out.join(target.name());
        // Seeds of a former run are none of this one.
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:03}")), seed)?;
        }
        fs::write(out.join(format!("{}.dict", target.name())), dictionary(&seeds))?;
        println!("{}", target.name());
    }
    Ok(())
}

fn small_files(folder: &Path, found: &mut Vec<Vec<u8>>) -> io::Result<()> {
    let mut paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            small_files(&path, found)?;
        } else if path.metadata()?.len() <= LARGEST_DOCUMENT {
            found.push(fs::read(&path)?);
        }
    }
    Ok(())
}
