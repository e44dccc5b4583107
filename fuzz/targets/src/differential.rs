//! The engine against the reference, on what the bytes choose.

use crate::reference::comparison;
use crate::reference::generator::case_of;

pub(crate) fn differential(bytes: &[u8]) {
    comparison::hold(&comparison::document(&case_of(bytes)), "what the bytes choose");
}
