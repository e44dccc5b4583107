//! VEX documents: what they mark, and what they must not.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use imagegate::{Action, Error, ErrorKind, Launch, Limits, PolicySet, ScanProfile, SuppressedBy, Timestamp};
use imagegate_readers::vex::{Vex, apply, unmatched};
use std::path::Path;

const DIGEST: &str = "sha256:a8b5d9854817d4896949962f4f2352b44d93aacfb8289afa361e9cc439c06566";
const OTHER: &str = "sha256:b8b5d9854817d4896949962f4f2352b44d93aacfb8289afa361e9cc439c06566";

fn fixture(name: &str) -> Vex {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../testdata/vex/{name}.json"));
    Vex::parse(&std::fs::read(path).unwrap(), &Limits::default()).unwrap()
}

fn vex(text: &str) -> Vex {
    Vex::parse(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn refused(text: &str) -> Error {
    Vex::parse(text.as_bytes(), &Limits::default()).unwrap_err()
}

/// A profile of the image with these findings.
fn profile(findings: &str) -> ScanProfile {
    let text = format!(
        r#"{{"version": 1, "scan": {{"state": "complete"}}, "image": {{"digests": ["{DIGEST}"], "platform": "linux/amd64",
            "names": ["registry.example.com/shop/cart:1.4.2"]}}, "vulnerabilities": [{findings}]}}"#
    );
    ScanProfile::parse(text.as_bytes()).unwrap()
}

const OPENSSL: &str = r#"{"id": "CVE-2022-0778", "severity": "critical", "package": {"name": "openssl",
    "version": "1.1.1k-1+deb11u1", "ecosystem": "deb",
    "purl": "pkg:deb/debian/openssl@1.1.1k-1%2Bdeb11u1?arch=amd64&distro=debian-11"}}"#;
const LOG4J: &str = r#"{"id": "GHSA-jfh8", "aliases": ["CVE-2021-44228"], "package": {"ecosystem": "maven",
    "name": "org.apache.logging.log4j:log4j-core", "version": "2.14.1"}}"#;
const NPM: &str =
    r#"{"id": "CVE-2024-0001", "package": {"ecosystem": "npm", "name": "@scope/name", "version": "2"}}"#;

fn everything() -> ScanProfile {
    profile(&format!("{OPENSSL}, {LOG4J}, {NPM}"))
}

/// The statuses with which the findings are marked.
fn marks(documents: &[Vex], profile: &ScanProfile) -> Vec<Option<String>> {
    let marked = apply(documents, profile).unwrap();
    let findings = marked.document().vulnerabilities.iter();
    findings.map(|finding| finding.suppressed.as_ref().and_then(|how| how.status.clone())).collect()
}

/// An OpenVEX document of these statements.
fn openvex(statements: &str) -> Vex {
    vex(&format!(
        r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "author": "a", "timestamp": "2026-11-20T00:00:00Z",
            "statements": [{statements}]}}"#
    ))
}

/// Whether a statement of this status about these products marks the only finding.
fn says(status: &str, products: &str, finding: &str) -> bool {
    let ids = r#"{"name": "CVE-2022-0778", "aliases": ["CVE-2021-44228", "CVE-2024-0001"]}"#;
    let statement = format!(r#"{{"vulnerability": {ids}, "status": "{status}", "products": [{products}]}}"#);
    marks(&[openvex(&statement)], &profile(finding))[0].is_some()
}

fn is_about(product: &str, finding: &str) -> bool {
    says("not_affected", &format!(r#""{product}""#), finding)
}

fn some(words: &[&str]) -> Vec<Option<String>> {
    words.iter().map(|word| Some((*word).to_owned()).filter(|word| !word.is_empty())).collect()
}

#[test]
fn each_format_marks_what_it_is_about() {
    assert_eq!(marks(&[fixture("openvex")], &everything()), some(&["not_affected", "fixed", ""]));
    assert_eq!(marks(&[fixture("csaf")], &everything()), some(&["not_affected", "", ""]));
    assert_eq!(marks(&[fixture("cyclonedx")], &everything()), some(&["", "not_affected", ""]));
    let marked = apply(&[fixture("openvex")], &everything()).unwrap();
    let how = marked.document().vulnerabilities[0].suppressed.clone().unwrap();
    assert_eq!((how.by, how.author.as_deref()), (SuppressedBy::Vex, Some("Example Security Team")));
    assert_eq!(how.justification.as_deref(), Some("vulnerable_code_not_in_execute_path"));
    assert_eq!(how.source.as_deref(), Some("https://vex.example.com/shop/cart-7"));
    let marked = apply(&[fixture("csaf")], &everything()).unwrap();
    let how = marked.document().vulnerabilities[0].suppressed.clone().unwrap();
    assert_eq!(how.justification.as_deref(), Some("vulnerable_code_not_present"), "of its group");
    assert_eq!(
        (how.author.as_deref(), how.source.as_deref()),
        (Some("Example Security Team"), Some("EX-2026-0001"))
    );
    // Nothing else changes.
    let bare = |profile: &ScanProfile| {
        let mut document = profile.document().clone();
        document.vulnerabilities.iter_mut().for_each(|finding| finding.suppressed = None);
        document
    };
    assert_eq!(bare(&marked), bare(&everything()));
}

#[test]
fn a_mark_excuses_only_where_the_set_trusts_it() {
    let decide = |trust: &str| {
        let set = format!(
            r#"{{"version": 1, {trust} "policies": [{{"id": "p", "name": "p", "type": "risk", "enabled": true,
                "enabled_at": "2026-11-01T00:00:00Z", "enforcement": {{"mode": "immediate"}}, "scope": {{"images": "all"}},
                "criteria": {{"vulnerabilities": {{"severities": ["critical"]}}}}}}]}}"#
        );
        let profile = apply(&[fixture("openvex")], &profile(OPENSSL)).unwrap();
        let launch = br#"{"version": 1, "image": {"reference": "registry.example.com/shop/cart:1.4.2"}, "privileges": []}"#;
        let now = Timestamp::parse("2026-11-24T00:00:00Z").unwrap();
        let assessment = PolicySet::parse(set.as_bytes()).unwrap().assess(&profile);
        assessment.decide(&Launch::parse(launch).unwrap(), now).unwrap()
    };
    assert_eq!(decide("").action(), Action::Intercept);
    assert_eq!(decide(r#""trust": {"by": ["ignore_file"]},"#).action(), Action::Intercept);
    assert_eq!(decide(r#""trust": {"by": ["vex"], "authors": ["Somebody"]},"#).action(), Action::Intercept);
    assert_eq!(decide(r#""trust": {"by": ["vex"]},"#).action(), Action::Allow);
}

#[test]
fn packages_are_compared_in_all_that_is_stated() {
    for product in [
        "pkg:deb/debian/openssl",
        "pkg:deb/debian/openssl@1.1.1k-1%2Bdeb11u1",
        "pkg:deb/debian/openssl@1.1.1k-1+deb11u1?arch=amd64",
        "pkg:deb/debian/openssl?distro=debian-11&arch=amd64",
    ] {
        assert!(is_about(product, OPENSSL), "{product}");
    }
    for product in [
        "pkg:deb/debian/openssl@1.1.1k-2",
        "pkg:deb/ubuntu/openssl",
        "pkg:deb/openssl",
        "pkg:deb/debian/libssl1.1",
        "pkg:deb/debian/OpenSSL",
        "pkg:rpm/debian/openssl",
        "pkg:deb/debian/openssl?arch=arm64",
        "pkg:deb/debian/openssl?epoch=1",
        "pkg:deb/debian/openssl#lib/ssl",
        "openssl",
        "https://example.com/openssl",
        "cpe:2.3:a:openssl:openssl:1.1.1k:*:*:*:*:*:*:*",
        "",
    ] {
        assert!(!is_about(product, OPENSSL), "{product}");
    }
    // Without a URL: by ecosystem, full name and version.
    for (product, finding, is) in [
        ("pkg:maven/org.apache.logging.log4j/log4j-core", LOG4J, true),
        ("pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1", LOG4J, true),
        ("pkg:maven/org.apache.logging.log4j/log4j-core@2.17.0", LOG4J, false),
        ("pkg:maven/log4j-core@2.14.1", LOG4J, false),
        ("pkg:maven/org.apache.logging.log4j/log4j-core?type=jar", LOG4J, false),
        ("pkg:npm/%40scope/name@2", NPM, true),
        ("pkg:npm/name@2", NPM, false),
        (
            "pkg:pypi/Zope_Interface",
            r#"{"id": "CVE-2024-0001", "package": {"ecosystem": "pypi", "name": "zope-interface"}}"#,
            true,
        ),
        // Of which distribution it is, is not known.
        (
            "pkg:deb/debian/openssl",
            r#"{"id": "CVE-2022-0778", "package": {"ecosystem": "deb", "name": "openssl"}}"#,
            false,
        ),
        ("pkg:deb/debian/openssl", r#"{"id": "CVE-2022-0778"}"#, false),
        ("pkg:npm/a@1", r#"{"id": "CVE-2024-0001", "package": {"ecosystem": "npm", "name": "a"}}"#, false),
    ] {
        assert_eq!(is_about(product, finding), is, "{product} {finding}");
    }
}

#[test]
fn of_two_names_of_a_product_the_one_without_the_version_does_not_widen_the_other() {
    let product = |id: &str, purl: &str| format!(r#"{{"@id": "{id}", "identifiers": {{"purl": "{purl}"}}}}"#);
    let openssl = "pkg:deb/debian/openssl";
    for (id, purl, is) in [
        (openssl, "pkg:deb/debian/openssl@9", false),
        ("pkg:deb/debian/openssl@9", openssl, false),
        (openssl, "pkg:deb/debian/openssl@1.1.1k-1+deb11u1", true),
        ("https://example.com/openssl", openssl, true),
        (openssl, "pkg:rpm/openssl@9", true),
    ] {
        assert_eq!(says("not_affected", &product(id, purl), OPENSSL), is, "{id} {purl}");
        let of_image =
            format!(r#"{{"@id": "pkg:oci/cart@{DIGEST}", "subcomponents": [{}]}}"#, product(id, purl));
        assert_eq!(says("not_affected", &of_image, OPENSSL), is, "{id} {purl}");
    }
    let statement = |status: &str, product: &str| {
        format!(r#"{{"vulnerability": "CVE-2022-0778", "status": "{status}", "products": [{product}]}}"#)
    };
    let harmless = statement("not_affected", &format!(r#""{openssl}""#));
    let affected = statement("affected", &product(openssl, "pkg:deb/debian/openssl@9"));
    assert_eq!(marks(&[openvex(&format!("{harmless}, {affected}"))], &profile(OPENSSL)), [None], "it may be");
}

#[test]
fn images_are_compared_by_digest_or_by_repository_and_tag() {
    for (product, is) in [
        (format!("pkg:oci/cart@{DIGEST}"), true),
        (format!("pkg:oci/other-name@{}", DIGEST.replace(':', "%3A")), true),
        (format!("pkg:oci/cart@{OTHER}"), false),
        (format!("pkg:oci/cart@{OTHER}?repository_url=registry.example.com/shop/cart"), false),
        (format!("pkg:oci/cart@{DIGEST}?arch=amd64"), true),
        (format!("pkg:oci/cart@{DIGEST}?arch=arm64"), false),
        (format!("pkg:oci/cart@{DIGEST}?Arch=arm64"), false),
        (format!("pkg:oci/cart@{DIGEST}?os=linux&mediaType=application%2Fjson&arch="), true),
        (format!("pkg:oci/cart@{DIGEST}?os=windows"), false),
        (format!("pkg:oci/cart@{DIGEST}?arch=amd64&variant=v3"), false),
        (format!("pkg:oci/cart@{DIGEST}?edition=debug"), false),
        ("pkg:oci/cart".to_owned(), false),
        ("pkg:oci/cart?repository_url=registry.example.com/shop/cart".to_owned(), true),
        ("pkg:oci/cart?repository_url=https://Registry.example.com/shop/cart/".to_owned(), true),
        ("pkg:oci/cart?repository_url=registry.example.com%2Fshop%2Fcart&tag=1.4.2".to_owned(), true),
        ("pkg:oci/cart?repository_url=registry.example.com/shop/cart&tag=1.4.3".to_owned(), false),
        ("pkg:oci/cart?repository_url=registry.example.com/shop".to_owned(), false),
        ("pkg:oci/debugger?repository_url=registry.example.com/shop/cart".to_owned(), false),
        ("pkg:docker/shop/cart@1.4.2?repository_url=registry.example.com".to_owned(), true),
        ("pkg:docker/shop/cart@1.4.2".to_owned(), false),
    ] {
        assert_eq!(is_about(&product, OPENSSL), is, "{product}");
    }
}

#[test]
fn of_an_image_only_the_subcomponents_that_are_named() {
    let product = |parts: &str| format!(r#"{{"@id": "pkg:oci/cart@{DIGEST}", "subcomponents": [{parts}]}}"#);
    assert!(says("not_affected", &product(""), OPENSSL), "none is named: all of it");
    assert!(says("not_affected", &product(r#""pkg:deb/debian/openssl""#), OPENSSL));
    assert!(says(
        "not_affected",
        &product(r#""pkg:deb/debian/zlib", {"@id": "pkg:deb/debian/openssl"}"#),
        OPENSSL
    ));
    for parts in [r#""pkg:deb/debian/zlib""#, r#""openssl""#, "{}", r#"{"@id": "https://example.com"}"#] {
        assert!(!says("not_affected", &product(parts), OPENSSL), "{parts}");
    }
    // A part of something that is no image: whether the image holds that, cannot be told.
    let of_package = r#"{"@id": "pkg:npm/app@1", "subcomponents": ["pkg:deb/debian/openssl"]}"#;
    assert!(!says("not_affected", of_package, OPENSSL));
    // 0.0.1 names them beside the products.
    let old = format!(
        r#"{{"@context": "https://openvex.dev/ns", "statements": [{{"vulnerability": "CVE-2022-0778",
            "products": ["pkg:oci/cart@{DIGEST}"], "subcomponents": ["pkg:deb/debian/zlib"], "status": "not_affected"}}]}}"#
    );
    assert_eq!(marks(&[vex(&old)], &profile(OPENSSL)), [None]);
    assert_eq!(marks(&[vex(&old.replace("zlib", "openssl"))], &profile(OPENSSL)), some(&["not_affected"]));
}

#[test]
fn fixed_needs_what_is_fixed() {
    let version = "1.1.1k-1%2Bdeb11u1";
    for (product, is) in [
        (format!(r#""pkg:deb/debian/openssl@{version}""#), true),
        (r#""pkg:deb/debian/openssl""#.to_owned(), false),
        (format!(r#""pkg:oci/cart@{DIGEST}""#), true),
        (format!(r#"{{"@id": "pkg:oci/cart@{DIGEST}", "subcomponents": ["pkg:deb/debian/openssl"]}}"#), true),
        (r#""pkg:oci/cart?repository_url=registry.example.com/shop/cart""#.to_owned(), false),
    ] {
        assert_eq!(says("fixed", &product, OPENSSL), is, "{product}");
        assert!(says("not_affected", &product, OPENSSL), "{product}");
    }
}

#[test]
fn a_statement_holds_until_a_later_one_says_otherwise() {
    let one = |status: &str, time: &str| {
        let time = if time.is_empty() { String::new() } else { format!(r#""timestamp": "{time}","#) };
        format!(
            r#"{{"vulnerability": {{"name": "CVE-2022-0778"}}, {time} "status": "{status}", "justification": "{status}",
                "products": ["pkg:deb/debian/openssl"]}}"#
        )
    };
    let bare = |statement: &str| {
        vex(&format!(r#"{{"@context": "https://openvex.dev/ns", "statements": [{statement}]}}"#))
    };
    let (early, late) = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z");
    let marks = |documents: &[Vex]| marks(documents, &profile(OPENSSL))[0].is_some();
    for open in ["affected", "under_investigation"] {
        for (statements, is) in [
            // In one document by time, else by place.
            (format!("{}, {}", one(open, early), one("not_affected", late)), true),
            (format!("{}, {}", one("not_affected", late), one(open, early)), true),
            (format!("{}, {}", one("not_affected", early), one(open, late)), false),
            (format!("{}, {}", one(open, early), one("not_affected", early)), true),
            (format!("{}, {}", one("not_affected", early), one(open, early)), false),
            (format!("{}, {}", one(open, ""), one("not_affected", "")), true),
            (format!("{}, {}", one("not_affected", ""), one(open, "")), false),
        ] {
            assert_eq!(marks(&[bare(&statements)]), is, "{statements}");
        }
        // Of two documents by time alone, whatever their order.
        for (suppressing, opening, is) in [
            (late, early, true),
            (early, late, false),
            (early, early, false),
            ("", early, false),
            (late, "", false),
        ] {
            let documents = [bare(&one("not_affected", suppressing)), bare(&one(open, opening))];
            assert_eq!(marks(&documents), is, "{suppressing} {opening}");
            let [first, second] = documents;
            assert_eq!(marks(&[second, first]), is, "{opening} {suppressing}");
        }
    }
    // What is open for another product holds nothing up.
    let other = one("affected", late).replace("openssl\"", "zlib\"");
    assert!(marks(&[bare(&format!("{}, {other}", one("not_affected", early)))]));
    // What may be the product is held up: its version, platform or distribution is not known.
    let bare_package = r#"{"id": "CVE-2022-0778", "package": {"name": "openssl", "ecosystem": "deb"}}"#;
    for (product, finding, holds) in [
        ("pkg:deb/debian/openssl@1.1.1k-1+deb11u1?epoch=1", OPENSSL, true),
        ("pkg:deb/debian/openssl?arch=arm64", OPENSSL, false),
        ("pkg:deb/debian/openssl@9", OPENSSL, false),
        ("pkg:deb/debian/openssl#lib", OPENSSL, true),
        ("pkg:deb/debian/openssl@9", bare_package, true),
        ("pkg:deb/debian/zlib@9", bare_package, false),
        (&format!("pkg:oci/cart@{DIGEST}?variant=v3"), OPENSSL, true),
        (&format!("pkg:oci/cart@{OTHER}"), OPENSSL, false),
        ("pkg:oci/cart?repository_url=registry.example.com/shop/cart&tag=2", OPENSSL, false),
    ] {
        let affected = one("affected", late).replace("pkg:deb/debian/openssl", product);
        let image = format!("pkg:oci/cart@{DIGEST}");
        let harmless = one("not_affected", early).replace("pkg:deb/debian/openssl", &image);
        let document = bare(&format!("{harmless}, {affected}"));
        let marked = apply(&[document], &profile(finding)).unwrap();
        assert_eq!(marked.document().vulnerabilities[0].suppressed.is_none(), holds, "{product}");
    }
    // The latest marks, be it trusted or not.
    let documents = [
        bare(&one("fixed", late).replace("openssl", "openssl@1.1.1k-1+deb11u1")),
        bare(&one("not_affected", early)),
    ];
    let marked = apply(&documents, &profile(OPENSSL)).unwrap();
    assert_eq!(
        marked.document().vulnerabilities[0].suppressed.as_ref().unwrap().status.as_deref(),
        Some("fixed")
    );
}

#[test]
fn csaf_products_are_followed_and_conflicts_suppress_nothing() {
    let csaf = |tree: &str, vulnerability: &str| {
        format!(
            r#"{{"document": {{"category": "csaf_vex"}}, "product_tree": {{"full_product_names": [
                {{"product_id": "p", "product_identification_helper": {{"purl": "pkg:deb/debian/openssl"}}}}{tree}]}},
                "vulnerabilities": [{{"cve": "CVE-2022-0778", {vulnerability}}}]}}"#
        )
    };
    let product = |id: &str| format!(r#", {{"product_id": "{id}", "name": "Example"}}"#);
    let mark = |text: &str| marks(&[vex(text)], &profile(OPENSSL))[0].clone();
    let plain = r#""product_status": {"known_not_affected": ["p"]}"#;
    assert_eq!(mark(&csaf("", plain)).as_deref(), Some("not_affected"));
    assert_eq!(mark(&csaf(&product("p"), plain)), None, "the id of two products");
    assert_eq!(mark(&csaf(&product("q"), r#""product_status": {"known_not_affected": ["q"]}"#)), None);
    let both = r#""product_status": {"known_not_affected": ["p"], "under_investigation": ["p"]}"#;
    assert_eq!(mark(&csaf("", both)), None);
    let unknown = r#""product_status": {"known_not_affected": ["p"], "unknown": ["p"]}"#;
    assert_eq!(mark(&csaf("", unknown)), None, "a list of 2.1");
    let flagged = |flags: &str| {
        let marked =
            apply(&[vex(&csaf("", &format!("{plain}, \"flags\": [{flags}]")))], &profile(OPENSSL)).unwrap();
        marked.document().vulnerabilities[0].suppressed.clone().unwrap().justification
    };
    let flag = |label: &str| format!(r#"{{"label": "{label}", "product_ids": ["p"]}}"#);
    assert_eq!(flagged(&flag("a")).as_deref(), Some("a"));
    assert_eq!(flagged(&format!("{}, {}", flag("a"), flag("b"))), None, "they differ");
    let error = refused(&csaf("", r#""product_status": {"fixed": ["nowhere"]}"#));
    assert_eq!(
        (error.code(), error.pointer()),
        ("missing_reference", Some("/vulnerabilities/0/product_status/fixed/0"))
    );
    let draft = csaf("", plain).replace(r#""csaf_vex""#, r#""csaf_vex", "tracking": {"status": "draft"}"#);
    assert_eq!(refused(&draft).code(), "draft");
    for (version, code) in
        [("2.1", None), ("1.2", Some("unsupported_version")), ("3.0", Some("unsupported_version"))]
    {
        let text =
            csaf("", plain).replace(r#""csaf_vex""#, &format!(r#""csaf_vex", "csaf_version": "{version}""#));
        let read = Vex::parse(text.as_bytes(), &Limits::default());
        assert_eq!(read.err().map(|error| error.code()), code, "{version}");
    }
    let other = refused(&csaf("", plain).replace("csaf_vex", "csaf_informational_advisory"));
    assert_eq!((other.kind(), other.code()), (ErrorKind::Unsupported, "unknown_format"));
}

#[test]
fn a_csaf_product_that_is_defined_twice_is_neither() {
    let mark = |relationships: &[(&str, &str)]| {
        let related: Vec<_> = relationships
            .iter()
            .map(|(id, part)| {
                format!(
                    r#"{{"product_reference": "{part}", "relates_to_product_reference": "cart",
                        "full_product_name": {{"product_id": "{id}"}}}}"#
                )
            })
            .collect();
        let entry = |id: &str, purl: &str| {
            format!(r#"{{"product_id": "{id}", "product_identification_helper": {{"purl": "{purl}"}}}}"#)
        };
        let entries = [
            entry("cart", &format!("pkg:oci/cart@{DIGEST}")),
            entry("openssl", "pkg:deb/debian/openssl"),
            entry("zlib", "pkg:deb/debian/zlib"),
        ];
        let text = format!(
            r#"{{"document": {{"category": "csaf_vex"}},
                "product_tree": {{"full_product_names": [{}], "relationships": [{}]}},
                "vulnerabilities": [{{"cve": "CVE-2022-0778", "product_status": {{"known_not_affected": ["{}"]}}}}]}}"#,
            entries.join(", "),
            related.join(", "),
            relationships[0].0
        );
        marks(&[vex(&text)], &profile(OPENSSL))[0].is_some()
    };
    assert!(mark(&[("x", "openssl")]));
    assert!(!mark(&[("x", "zlib")]));
    assert!(!mark(&[("x", "zlib"), ("x", "openssl")]), "two relationships");
    assert!(!mark(&[("openssl", "zlib")]), "a relationship and a product");
}

#[test]
fn cyclonedx_is_about_what_it_describes() {
    let bom = |metadata: &str, affects: &str| {
        format!(
            r#"{{"bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": "urn:uuid:aaaa", {metadata}
                "components": [{{"bom-ref": "x", "name": "openssl", "purl": "pkg:deb/debian/openssl@1.1.1k-1%2Bdeb11u1"}},
                    {{"bom-ref": "twice", "name": "a", "purl": "pkg:deb/debian/openssl"}}, {{"bom-ref": "twice", "name": "b"}},
                    {{"bom-ref": "bare", "name": "c"}}],
                "vulnerabilities": [{{"id": "CVE-2022-0778", "analysis": {{"state": "not_affected"}}, "affects": [{affects}]}}]}}"#
        )
    };
    let mark = |metadata: &str, affects: &str| {
        marks(&[vex(&bom(metadata, affects))], &profile(OPENSSL))[0].is_some()
    };
    let subject =
        |rest: &str| format!(r#""metadata": {{"component": {{"bom-ref": "s", "name": "s"{rest}}}}},"#);
    let (own, x) = (subject(&format!(r#", "purl": "pkg:oci/cart@{DIGEST}""#)), r#"{"ref": "x"}"#);
    assert!(mark("", x) && mark(&own, x) && mark(&own, r#"{"ref": "s"}"#));
    assert!(mark("", r#"{"ref": "urn:cdx:aaaa/1#x"}"#) && mark("", r#"{"ref": "pkg:deb/debian/openssl"}"#));
    for (metadata, affects) in [
        (subject(&format!(r#", "purl": "pkg:oci/cart@{OTHER}""#)), x),
        (subject(r#", "purl": "pkg:npm/app@1""#), x),
        (subject(""), x),
        (subject(""), r#"{"ref": "s"}"#),
        (subject(""), r#"{"ref": "pkg:deb/debian/openssl"}"#),
        (String::new(), r#"{"ref": "twice"}"#),
        (String::new(), r#"{"ref": "bare"}"#),
        (String::new(), r#"{"ref": "urn:cdx:bbbb/1#x"}"#),
        (String::new(), r#"{"ref": "urn:cdx:bbbb/1#pkg:deb/debian/openssl"}"#),
        (String::new(), ""),
    ] {
        assert!(!mark(&metadata, affects), "{metadata} {affects}");
    }
    for (versions, is) in [
        ("[]", true),
        (r#"[{"version": "1.1.1k-1+deb11u1", "status": "affected"}]"#, true),
        (r#"[{"version": "1.1.1k-2"}]"#, false),
        (r#"[{"version": "1.1.1k-1+deb11u1", "status": "unknown"}]"#, false),
        (r#"[{"range": "vers:deb/<2"}]"#, false),
    ] {
        let affects = format!(r#"{{"ref": "pkg:deb/debian/openssl", "versions": {versions}}}"#);
        assert_eq!(mark("", &affects), is, "{versions}");
    }
    // Resolved in what is listed as unaffected; what is exploitable in a range, may be in this version.
    let version = "1.1.1k-1+deb11u1";
    for (versions, resolved, exploitable) in [
        ("[]".to_owned(), false, true),
        (format!(r#"[{{"version": "{version}", "status": "unaffected"}}]"#), true, true),
        (
            format!(
                r#"[{{"version": "{version}", "status": "affected"}}, {{"version": "2", "status": "unaffected"}}]"#
            ),
            false,
            true,
        ),
        (format!(r#"[{{"version": "{version}"}}]"#), false, true),
        (r#"[{"range": "vers:deb/<2"}]"#.to_owned(), false, true),
        (r#"[{"version": "2"}]"#.to_owned(), false, false),
    ] {
        let text = bom("", &format!(r#"{{"ref": "pkg:deb/debian/openssl", "versions": {versions}}}"#));
        let state = |word: &str| text.replace(r#""not_affected""#, &format!(r#""{word}""#));
        assert_eq!(marks(&[vex(&state("resolved"))], &profile(OPENSSL))[0].is_some(), resolved, "{versions}");
        let harmless = openvex(
            r#"{"vulnerability": "CVE-2022-0778", "status": "not_affected", "products": ["pkg:deb/debian/openssl"]}"#,
        );
        let found = marks(&[harmless, vex(&state("exploitable"))], &profile(OPENSSL));
        assert_eq!(found[0].is_none(), exploitable, "{versions}");
    }
}

#[test]
fn what_is_only_partly_understood_is_an_error() {
    let statement = |rest: &str| {
        format!(r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "statements": [{{{rest}}}]}}"#)
    };
    let status = |word: &str| statement(&format!(r#""vulnerability": "CVE-1", "status": {word}"#));
    for (text, code, place) in [
        (status(r#""resolved""#), "unknown_word", "/statements/0/status"),
        (status("null"), "unknown_word", "/statements/0/status"),
        (status("1"), "wrong_type", "/statements/0/status"),
        (statement(r#""status": "fixed""#), "missing_field", "/statements/0/vulnerability"),
        (statement(r#""vulnerability": {}, "status": "fixed""#), "missing_field", "/statements/0/vulnerability"),
        (statement(r#""vulnerability": 1, "status": "fixed""#), "wrong_type", "/statements/0/vulnerability"),
        (
            r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "vulnerabilities": [{"id": "a", "analysis": {"state": "ok"}}]}"#
                .to_owned(),
            "unknown_word",
            "/vulnerabilities/0/analysis/state",
        ),
        (
            r#"{"document": {"category": "csaf_vex"}, "product_tree": {}, "vulnerabilities": [{}]}"#.to_owned(),
            "missing_field",
            "/vulnerabilities/0",
        ),
    ] {
        let error = refused(&text);
        assert_eq!((error.code(), error.pointer()), (code, Some(place)), "{text}: {error}");
    }
    for (context, is) in [
        ("ns", true),
        ("ns/", true),
        ("ns/v0.0.1", true),
        ("ns/v0.3.0", true),
        ("ns/v1.0.0", false),
        ("ns/next", false),
    ] {
        let text = status(r#""fixed""#).replace("ns/v0.2.0", context);
        let read = Vex::parse(text.as_bytes(), &Limits::default());
        assert_eq!(read.err().map(|error| error.code()), (!is).then_some("unsupported_version"), "{context}");
    }
    for nothing in [
        r#"{"@context": "https://openvex.dev/ns", "statements": []}"#,
        r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"name": "a"}]}"#,
        r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "vulnerabilities": [{"id": "a"}]}"#,
        r#"{"document": {"category": "csaf_vex"}, "vulnerabilities": []}"#,
    ] {
        assert_eq!(refused(nothing).code(), "no_statement", "{nothing}");
    }
    let error = refused(
        r#"{"SchemaVersion": 2, "ArtifactName": "a", "ArtifactType": "container_image", "Results": []}"#,
    );
    assert_eq!(error.code(), "unknown_format");
    assert!(error.to_string().contains("Trivy"), "{error}");
    let many = Limits { findings: 3, ..Limits::default() };
    let text =
        std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata/vex/openvex.json")).unwrap();
    assert_eq!(Vex::parse(&text, &many).unwrap_err().kind(), ErrorKind::LimitExceeded);
    for end in 0..text.trim_ascii_end().len() {
        let error = Vex::parse(&text[..end], &Limits::default()).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Syntax | ErrorKind::Unsupported),
            "cut off at {end}: {error}"
        );
    }
}

#[test]
fn a_small_document_that_unfolds_to_a_large_one_is_refused() {
    let limits = Limits { findings: 50, ..Limits::default() };
    let list = |text: &str, count: usize| vec![text; count].join(", ");
    let openvex = |count| {
        format!(
            r#"{{"@context": "https://openvex.dev/ns", "statements": [{{"vulnerability": "CVE-1", "status": "fixed",
                "products": [{}], "subcomponents": [{}]}}]}}"#,
            list(r#""pkg:oci/a""#, count),
            list(r#""pkg:npm/b""#, count)
        )
    };
    let csaf = |purls, references: usize, flags| {
        let purls = list(r#""pkg:oci/a""#, purls);
        let entry = |id: &str| {
            format!(r#"{{"product_id": "{id}", "product_identification_helper": {{"purls": [{purls}]}}}}"#)
        };
        let related = r#"{"product_reference": "a", "relates_to_product_reference": "b", "full_product_name": {"product_id": "c"}}"#;
        format!(
            r#"{{"document": {{"category": "csaf_vex"}}, "product_tree": {{"full_product_names": [{}, {}],
                "relationships": [{related}], "product_groups": [{{"group_id": "g", "product_ids": [{}]}}]}},
                "vulnerabilities": [{{"cve": "CVE-1", "flags": [{{"label": "l", "group_ids": [{}]}}],
                    "product_status": {{"fixed": [{}]}}}}]}}"#,
            entry("a"),
            entry("b"),
            list(r#""c""#, flags),
            list(r#""g""#, flags),
            list(r#""c""#, references)
        )
    };
    for (text, is) in [
        (openvex(5), true),
        (openvex(10), false),
        (csaf(2, 2, 2), true),
        (csaf(8, 1, 2), false),
        (csaf(2, 20, 2), false),
        (csaf(2, 2, 10), false),
    ] {
        let read = Vex::parse(text.as_bytes(), &limits);
        assert_eq!(read.err().map(|error| error.kind()), (!is).then_some(ErrorKind::LimitExceeded), "{text}");
    }
}

#[test]
fn what_a_report_suppressed_itself_stays() {
    let own = OPENSSL
        .replace(r#""severity""#, r#""suppressed": {"by": "ignore_file", "status": "ignored"}, "severity""#);
    let other = openvex(r#"{"vulnerability": "CVE-1", "status": "fixed", "products": ["pkg:npm/a@1"]}"#);
    assert_eq!(marks(&[other], &profile(&own)), some(&["ignored"]));
    assert_eq!(marks(&[fixture("openvex")], &profile(&own)), some(&["not_affected"]));
}

#[test]
fn statements_about_nothing_are_told_with_near_misses() {
    let found = unmatched(&[fixture("csaf"), fixture("cyclonedx")], &[everything()]).unwrap();
    let told: Vec<_> = found.iter().map(|one| (one.document, one.pointer.as_str())).collect();
    assert_eq!(told, [(0, "/vulnerabilities/1/product_status/fixed"), (1, "/vulnerabilities/2")]);
    assert_eq!(
        found[0].near_misses,
        [
            "GHSA-jfh8 in org.apache.logging.log4j:log4j-core 2.14.1: whether the image is or holds `Example Linux 1` \
          cannot be told: it has no package URL of an image"
        ]
    );
    assert!(found[1].near_misses[0].contains("links to another document"), "{:?}", found[1].near_misses);
    let wrong = openvex(
        r#"{"vulnerability": "CVE-2022-0778", "status": "not_affected", "products": ["pkg:deb/debian/openssl@3"]},
        {"vulnerability": "CVE-1999-0001", "status": "not_affected", "products": ["pkg:deb/debian/openssl"]},
        {"vulnerability": "CVE-2022-0778", "status": "not_affected"}"#,
    );
    let found = unmatched(&[wrong], &[everything()]).unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(
        found[0].near_misses,
        ["CVE-2022-0778 in openssl 1.1.1k-1+deb11u1: `pkg:deb/debian/openssl@3` is of another version"]
    );
    assert!(found[1].near_misses.is_empty());
    assert!(
        found[2].near_misses[0].ends_with("the statement names no product"),
        "{:?}",
        found[2].near_misses
    );
    assert!(unmatched(&[fixture("openvex")], &[everything()]).unwrap().is_empty());
}

#[test]
fn too_many_products_for_too_many_findings_are_refused_everywhere() {
    const MANY: usize = 8_193;
    let statement = r#"{"vulnerability": "CVE-2022-0778", "status": "fixed", "products": ["pkg:npm/a@1"]}"#;
    let vex = openvex(&vec![statement; MANY].join(","));
    let finding = |number| {
        format!(r#"{{"id": "CVE-2022-0778", "severity": "high", "package": {{"name": "p{number}"}}}}"#)
    };
    let profile = profile(&(0..MANY).map(finding).collect::<Vec<_>>().join(","));
    let documents = [vex];
    assert_eq!(apply(&documents, &profile).unwrap_err().code(), "limit_exceeded");
    assert_eq!(unmatched(&documents, &[everything(), profile]).unwrap_err().code(), "limit_exceeded");
}
