//! One thread that owns the way into the event store: a store that is slow holds up nothing but its own queue.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::time::Duration;

type Work = dyn FnOnce(&Path) -> Result<(), String> + Send;

/// What is to be done, and who waits for it.
struct Job {
    run: Box<Work>,
    done: Sender<Result<(), String>>,
}

/// The way in.
pub(crate) struct Recorder {
    jobs: Mutex<SyncSender<Job>>,
}

/// How long a start waits for its events to be durable.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many may wait.
const QUEUE: usize = 1024;

impl Recorder {
    pub(crate) fn new(store: PathBuf) -> Result<Self, String> {
        let (jobs, queue) = sync_channel(QUEUE);
        let work = move || work(&store, &queue);
        std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(work)
            .map_err(|error| format!("no thread to record in: {error}"))?;
        Ok(Self { jobs: Mutex::new(jobs) })
    }

    /// Runs the job, and waits for it, but not for long. It may still be done later.
    pub(crate) fn record(
        &self,
        job: impl FnOnce(&Path) -> Result<(), String> + Send + 'static,
    ) -> Result<(), String> {
        let (done, result) = channel();
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match jobs.try_send(Job { run: Box::new(job), done }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err("too many events wait for the store".to_owned()),
            Err(TrySendError::Disconnected(_)) => return Err("the recorder has stopped".to_owned()),
        }
        result.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("the store did not answer in time".to_owned()))
    }
}

fn work(store: &Path, queue: &Receiver<Job>) {
    while let Ok(Job { run, done }) = queue.recv() {
        // Whoever waited may have gone.
        let _ = done.send(run(store));
    }
}
