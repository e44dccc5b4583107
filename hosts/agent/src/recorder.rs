//! One thread that owns the event store: a store that is slow holds up nothing but its own queue.

use imagegate::EventRecord;
use imagegate_node::{now, record_in};
use imagegate_store::EventStore;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// What is to be recorded, and who waits for it.
struct Job {
    records: Vec<EventRecord>,
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

    /// Records, and waits for it, but not for long. It may still be done later.
    pub(crate) fn record(&self, records: Vec<EventRecord>) -> Result<(), String> {
        let (done, result) = channel();
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match jobs.try_send(Job { records, done }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err("too many events wait for the store".to_owned()),
            Err(TrySendError::Disconnected(_)) => return Err("the recorder has stopped".to_owned()),
        }
        result.recv_timeout(PATIENCE).unwrap_or_else(|_| Err("the store did not answer in time".to_owned()))
    }
}

fn work(path: &Path, queue: &Receiver<Job>) {
    // Opened with the first event, and again after a failure: it may have been moved or restored.
    let mut open: Option<EventStore> = None;
    while let Ok(Job { records, done }) = queue.recv() {
        let result = write(path, &mut open, &records);
        if result.is_err() {
            open = None;
        }
        // Whoever waited may have gone.
        let _ = done.send(result);
        if let (Some(store), Ok(now)) = (&mut open, now())
            && let Err(error) = store.maintain(now)
        {
            eprintln!("imagegate-agent: expired events were not removed: {error}");
        }
    }
}

fn write(path: &Path, open: &mut Option<EventStore>, records: &[EventRecord]) -> Result<(), String> {
    let store = match open {
        Some(store) => store,
        None => open.insert(EventStore::open(path).map_err(|error| error.to_string())?),
    };
    record_in(store, records)
}
