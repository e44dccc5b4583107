//! The engine against the reference, on what the bytes choose.

use crate::reference::comparison;
use crate::reference::generator::case_of;

pub(crate) fn differential(bytes: &[u8]) {
    let case = comparison::document(&case_of(bytes));
    let by_engine =
        comparison::by_engine(&case).unwrap_or_else(|error| panic!("an invalid document: {error}\n{case:#}"));
    if by_engine != comparison::by_reference(&case) {
        let case = comparison::smallest(case);
        panic!(
            "{case:#}\nthe engine says {:#?}\nthe reference says {:#?}",
            comparison::by_engine(&case),
            comparison::by_reference(&case)
        );
    }
}
