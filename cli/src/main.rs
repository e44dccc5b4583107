//! The `imagegate` command.

use anstream::{AutoStream, ColorChoice};
use imagegate_cli::{Output, Streams, run};
use std::io::{stderr, stdin, stdout};
use std::process::ExitCode;

fn main() -> ExitCode {
    // Terminal or not, `NO_COLOR`, `CLICOLOR_FORCE`, `TERM`: anstream knows what they mean.
    let coloured = |choice: ColorChoice| choice != ColorChoice::Never;
    let (to_stdout, to_stderr) = (AutoStream::choice(&stdout()), AutoStream::choice(&stderr()));
    let mut streams = Streams {
        stdin: &mut stdin().lock(),
        stdout: Output { writer: &mut stdout().lock(), colour: coloured(to_stdout) },
        stderr: Output { writer: &mut stderr().lock(), colour: coloured(to_stderr) },
    };
    ExitCode::from(run(std::env::args_os(), &mut streams))
}
