//! Readers of formats that are not imagegate's own.
