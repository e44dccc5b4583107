//! Runs the command in the process of the test.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests may")]

use imagegate_cli::{Output, Streams, run};
use std::path::{Path, PathBuf};

/// What a run gave.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub code: u8,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `imagegate` with `args`, separated by spaces; `{}` in them is the folder of the fixtures.
pub fn imagegate(args: &str) -> Ran {
    with_stdin(args, b"")
}

pub fn with_stdin(args: &str, mut stdin: &[u8]) -> Ran {
    let folder = data("").to_string_lossy().into_owned();
    let folder = folder.trim_end_matches('/');
    let args: Vec<String> =
        format!("imagegate {args}").split_whitespace().map(|word| word.replace("{}", folder)).collect();
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let code = run(
        args,
        &mut Streams {
            stdin: &mut stdin,
            stdout: Output { writer: &mut stdout, colour: false },
            stderr: Output { writer: &mut stderr, colour: false },
        },
    );
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().replace(&format!("{folder}/"), "");
    Ran { code, stdout: text(stdout), stderr: text(stderr) }
}

/// A fixture.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

pub fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub const NOW: &str = "--now 2026-11-24T06:00:00Z";
