//! The deadline: deciding and recording happen in a thread of their own, and whoever waits for it does not wait for
//! ever.

use crate::local;
use imagegate_node::{Config, Start, StartLog, Verdict, record};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

enum Step {
    /// The agent answered, and wrote down what there was to write.
    Answered(Verdict),
    /// Decided here, with whether events are about to be recorded.
    Decided(Box<Start>, bool),
    /// How recording went.
    Recorded(Result<(), String>),
}

/// How long a start that is decided waits for its events to be durable. A store that is slow holds it up no longer.
const RECORDING: Duration = Duration::from_secs(1);

/// Deeply nested documents are bounded; this is ample for the bound.
const STACK_BYTES: usize = 8 << 20;

pub(crate) fn decide(config: Config) -> Verdict {
    let until = Instant::now().checked_add(config.deadline());
    let log = StartLog::new(config.log.clone());
    let (sender, receiver) = channel();
    let of_thread = config.clone();
    let spawned = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || work(&of_thread, &sender));
    let failed = |error: String| {
        let mut start = Start::new(local::HOST, None, Err(error));
        start.settle(config.on_error, config.overrides.as_deref());
        start
    };
    let wait = |at_most: Duration| {
        let left = until.map_or(at_most, |until| until.saturating_duration_since(Instant::now()));
        receiver.recv_timeout(left.min(at_most))
    };
    if let Err(error) = spawned {
        return failed(format!("no thread to decide in: {error}")).finish(&log);
    }
    let start = match wait(config.deadline()) {
        Ok(Step::Answered(verdict)) => return verdict,
        Ok(Step::Decided(start, false)) => *start,
        Ok(Step::Decided(mut start, true)) => {
            start.recorded(match wait(RECORDING) {
                Ok(Step::Recorded(result)) => result,
                Err(RecvTimeoutError::Timeout) => Err("the store did not answer in time".to_owned()),
                _ => Err("recording stopped half-way".to_owned()),
            });
            *start
        }
        Ok(Step::Recorded(_)) | Err(RecvTimeoutError::Disconnected) => {
            failed("deciding stopped half-way".to_owned())
        }
        Err(RecvTimeoutError::Timeout) => {
            failed(format!("no decision within {} ms", config.deadline().as_millis()))
        }
    };
    start.finish(&log)
}

fn work(config: &Config, steps: &Sender<Step>) {
    // Nobody listens any more only after the deadline, and then the process is about to end.
    let tell = |step| {
        let _ = steps.send(step);
    };
    match local::start(config) {
        local::Answer::ByAgent(verdict) => tell(Step::Answered(verdict)),
        local::Answer::Here(mut start) => {
            start.settle(config.on_error, config.overrides.as_deref());
            // The store is opened only if there is something to record.
            let records = config.events.as_ref().map(|_| start.records()).unwrap_or_default();
            tell(Step::Decided(start, !records.is_empty()));
            if let (Some(store), false) = (&config.events, records.is_empty()) {
                tell(Step::Recorded(record(store, &records)));
            }
        }
    }
}
