//! The native module of the Python package `imagegate`. Users import `imagegate`, never this: the package says what is
//! public, and `_imagegate.pyi` documents it.

mod assessment;
mod batch;
mod cli;
mod decision;
mod error;
mod event_query;
mod event_record;
mod event_store;
mod gate;
mod launch;
mod limits;
mod now;
mod policy_set;
mod profile;
mod results;
mod run;
mod source;

#[pyo3::pymodule(gil_used = false)]
mod _imagegate {
    #[pymodule_export]
    use crate::assessment::Assessment;
    #[pymodule_export]
    use crate::batch::decide_batch;
    #[pymodule_export]
    use crate::cli::run_cli;
    #[pymodule_export]
    use crate::decision::Decision;
    #[pymodule_export]
    use crate::event_record::EventRecord;
    #[pymodule_export]
    use crate::event_store::EventStore;
    #[pymodule_export]
    use crate::gate::Gate;
    #[pymodule_export]
    use crate::launch::Launch;
    #[pymodule_export]
    use crate::limits::default_limits;
    #[pymodule_export]
    use crate::policy_set::PolicySet;
    #[pymodule_export]
    use crate::profile::ScanProfile;

    #[pymodule_export]
    #[expect(non_upper_case_globals, reason = "Python's name for it")]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
