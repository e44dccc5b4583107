//! The gate in every order in which its threads can take their steps, with no more than three interruptions.

use crate::commands::{cargo, root, run, target};

/// The tests of `core/loom`, a workspace of its own.
pub fn gate() -> Result<Option<String>, String> {
    let mut command = cargo();
    command.current_dir(root().join("core/loom")).args(["test", "--locked", "--target-dir"]);
    run(command.arg(target().join("loom"))).map(|()| None)
}
