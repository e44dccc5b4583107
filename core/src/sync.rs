//! What threads share: the real thing, or under `--cfg loom` a model whose every step loom can put in any order.

#[cfg(not(loom))]
pub(crate) use arc_swap::ArcSwap;
#[cfg(not(loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
#[cfg(loom)]
pub(crate) use model::ArcSwap;

/// loom does not see into arc-swap. That a pointer is loaded, stored and exchanged in one step each is what arc-swap
/// promises; what is checked is what the gate makes of these steps.
#[cfg(loom)]
mod model {
    use loom::sync::Mutex;
    use std::ops::Deref;
    use std::sync::{Arc, PoisonError};

    #[derive(Debug)]
    pub(crate) struct ArcSwap<T>(Mutex<Arc<T>>);

    pub(crate) struct Guard<T>(Arc<T>);

    impl<T> Deref for Guard<T> {
        type Target = Arc<T>;

        fn deref(&self) -> &Arc<T> {
            &self.0
        }
    }

    impl<T> ArcSwap<T> {
        pub(crate) fn new(value: Arc<T>) -> Self {
            Self(Mutex::new(value))
        }

        pub(crate) fn load(&self) -> Guard<T> {
            Guard(Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner)))
        }

        pub(crate) fn store(&self, value: Arc<T>) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = value;
        }

        pub(crate) fn compare_and_swap(&self, expected: &Arc<T>, new: Arc<T>) -> Guard<T> {
            let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let before = Arc::clone(&current);
            if Arc::ptr_eq(&before, expected) {
                *current = new;
            }
            Guard(before)
        }
    }
}
