//! One command, one table: imagegate beside a naive loop, the floor and the peers, on the same scenarios in one
//! process, every answer compared before it is timed. `cargo xtask bench` from the root of the repository.

mod allocations;
mod check;
mod compare;
mod floor;
mod gate;
mod measure;
mod naive;
#[cfg(feature = "any-peer")]
mod peers;
mod reading;
mod report;
mod scenario;
mod sweep;

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let quick = arguments.iter().any(|argument| argument == "--quick");
    match arguments.first().map(String::as_str) {
        // For instruction counts: `valgrind --tool=callgrind imagegate-benches loop assess 1000 2000 100`.
        Some("loop") => sweep::run_loop(&arguments[1..]),
        _ => {
            check::answers(!quick);
            compare::print(!quick);
            sweep::print(quick);
            gate::print(quick);
            reading::print(quick);
        }
    }
}
