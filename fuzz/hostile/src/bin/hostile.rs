//! Runs one case, whose peak of memory is that of this process: `hostile NAME` prints input, outcome, milliseconds and
//! memory, separated by tabs; `hostile` alone prints the names and what they are.

use imagegate_hostile::cases;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let Some(name) = std::env::args().nth(1) else {
        cases().for_each(|case| println!("{}\t{}", case.name, case.what));
        return ExitCode::SUCCESS;
    };
    let Some(case) = cases().find(|case| case.name == name) else {
        eprintln!("{name} is no case");
        return ExitCode::from(2);
    };
    let input = (case.make)();
    let start = Instant::now();
    let result = (case.read)(&input);
    let time = start.elapsed().as_millis();
    match case.judge(&result) {
        Ok(outcome) => {
            println!("{}\t{outcome}\t{time}\t{}", input.len(), peak_kib());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The most memory that this process ever had.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
