//! The `imagegate` command, as a library.
