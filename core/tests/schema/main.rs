//! Holds the published JSON Schemas against the loaders and the writer.
//!
//! What a schema refuses the loader refuses; what a schema accepts the loader accepts, but for the rules listed in
//! [`Kind::beyond`], which a schema cannot say. Members that are given twice are no matter here: they are lost
//! before a schema is asked.
#![recursion_limit = "256"]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod agreement;
mod by_hand;
mod decisions;
mod documents;
mod mutations;
mod random;
mod schemas;
mod text_forms;
mod vocabulary;

use agreement::*;
use documents::*;
use imagegate::{
    Action, Error, ErrorKind, Launch, LaunchDecision, PolicySet, ScanProfile, Timestamp, decisions_to_json,
    schema,
};
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const HASH: &str = "b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";
const MD5: &str = "44d88612fea8a8f36de82e1278abb02f";
const NOW: &str = "2026-11-24T06:00:00Z";

const SCHEMAS: [(&str, &str); 4] = [
    ("policy", schema::POLICY),
    ("profile", schema::PROFILE),
    ("launch", schema::LAUNCH),
    ("decision", schema::DECISION),
];

fn parsed(schema: &str) -> Value {
    serde_json::from_str(schema).unwrap()
}

fn validator(schema: &str) -> Validator {
    jsonschema::draft202012::new(&parsed(schema)).unwrap()
}
