//! The one entry to building and testing everything.

fn main() {}
