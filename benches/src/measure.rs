//! Thread CPU time, so that other programs on the machine count little; the least and the median of several runs.

use std::hint::black_box;

/// Nanoseconds of CPU time of this thread.
fn cpu_time() -> f64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the pointer is to a local that lives through the call.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(status, 0, "the thread's CPU time can be read");
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}

/// What one call takes, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub struct Time {
    pub least: f64,
    pub median: f64,
    /// How many runs were measured.
    pub runs: usize,
}

/// Runs `call` often enough for the clock, several times over.
pub fn time<T>(mut call: impl FnMut() -> T) -> Time {
    const RUNS: usize = 9;
    let start = cpu_time();
    black_box(call());
    let once = (cpu_time() - start).max(1.0);
    // What takes a second is measured once: the difference between runs is small beside what is compared.
    if once > 1e9 {
        return Time { least: once, median: once, runs: 1 };
    }
    let calls = (2e7 / once).clamp(1.0, 200_000.0) as usize;
    let runs = if once > 1e8 { 3 } else { RUNS };
    let mut times: Vec<f64> = (0..runs)
        .map(|_| {
            let start = cpu_time();
            for _ in 0..calls {
                black_box(call());
            }
            (cpu_time() - start) / calls as f64
        })
        .collect();
    times.sort_by(f64::total_cmp);
    Time { least: times[0], median: times[times.len() / 2], runs }
}

/// A time with a unit that fits.
pub fn show(nanoseconds: f64) -> String {
    match nanoseconds {
        time if time < 1e3 => format!("{time:.0} ns"),
        time if time < 1e4 => format!("{:.2} µs", time / 1e3),
        time if time < 1e6 => format!("{:.0} µs", time / 1e3),
        time if time < 1e9 => format!("{:.2} ms", time / 1e6),
        time => format!("{:.1} s", time / 1e9),
    }
}
