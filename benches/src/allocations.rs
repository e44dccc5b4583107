//! An allocator that counts, for the rows about memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

static CALLS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

pub struct Counting;

// SAFETY: everything is handed on to the system's allocator; the counters are atomic.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        BYTES.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// How often something is allocated while `call` runs.
pub fn during<T>(call: impl FnOnce() -> T) -> usize {
    let before = CALLS.load(Ordering::Relaxed);
    let kept = call();
    let after = CALLS.load(Ordering::Relaxed);
    drop(kept);
    after - before
}

/// Bytes that what `call` returns keeps.
pub fn kept_by<T>(call: impl FnOnce() -> T) -> (T, usize) {
    let before = BYTES.load(Ordering::Relaxed);
    let kept = call();
    (kept, BYTES.load(Ordering::Relaxed).saturating_sub(before))
}
