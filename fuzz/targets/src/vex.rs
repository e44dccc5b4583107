//! VEX documents, and what EPSS and KEV say.

use crate::profiles::reads_back;
use crate::{documents, errors};
use imagegate::{Limits, ProfileDocument, ScanProfile};
use imagegate_readers::enrich::Enrichment;
use imagegate_readers::vex::{Vex, apply, unmatched};

/// A statement marks findings and changes nothing else.
pub(crate) fn vex(bytes: &[u8]) {
    let vex = match Vex::parse(bytes, &Limits::default()) {
        Ok(vex) => vex,
        Err(error) => return errors::is_told(&error),
    };
    let profile = &documents::FIXED.profile;
    let documents = [vex];
    let marked = apply(&documents, profile).expect("a profile that was read before");
    reads_back(&marked);
    assert_eq!(
        without(&marked, |document| &mut document.vulnerabilities),
        without(profile, |document| &mut document.vulnerabilities)
    );
    for (before, after) in profile.document().vulnerabilities.iter().zip(&marked.document().vulnerabilities) {
        let mut after = after.clone();
        after.suppressed.clone_from(&before.suppressed);
        assert_eq!(&after, before);
    }
    assert_eq!(apply(&documents, &marked).as_ref().ok(), Some(&marked), "applied twice");
    let about_nothing = unmatched(&documents, std::slice::from_ref(profile));
    for unmatched in about_nothing.expect("as many products as when they were applied") {
        assert_eq!(unmatched.document, 0);
        errors::line(&unmatched.message);
    }
}

/// What a source says is added to findings and changes nothing else.
pub(crate) fn enrichment(bytes: &[u8]) {
    // What unpacks into more than this is no test of reading.
    let limits = Limits { bytes: 1 << 20, ..Limits::default() };
    let source = match Enrichment::parse(bytes, &limits) {
        Ok(source) => source,
        Err(error) => return errors::is_told(&error),
    };
    let profile = &documents::FIXED.profile;
    let enriched = source.apply(profile).expect("a profile that was read before");
    reads_back(&enriched);
    assert_eq!(enriched.document().vulnerabilities.len(), profile.document().vulnerabilities.len());
    for (before, after) in profile.document().vulnerabilities.iter().zip(&enriched.document().vulnerabilities)
    {
        let mut after = after.clone();
        after.epss.clone_from(&before.epss);
        after.known_exploited.clone_from(&before.known_exploited);
        assert_eq!(&after, before);
    }
    assert_eq!(source.apply(&enriched).as_ref().ok(), Some(&enriched), "applied twice");
}

fn without<T: Default>(profile: &ScanProfile, part: fn(&mut ProfileDocument) -> &mut T) -> ProfileDocument {
    let mut document = profile.document().clone();
    *part(&mut document) = T::default();
    document
}
