//! What the library shows to the linker: exactly the functions of the header, its SONAME, and few dependencies.

mod common;

use common::{EVENTS, LIBRARY, PANICKING, dynamic, functions_of, header, root, soname, symbols};

/// What a library may need.
const ALLOWED: [&str; 6] =
    ["libgcc_s.so.1", "libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "ld-linux-"];

#[test]
fn the_shared_library_exports_the_functions_of_the_header_and_nothing_else() {
    let declared = functions_of(&header());
    assert!(declared.contains(&"imagegate_assessment_decide".to_owned()), "{declared:?}");
    assert_eq!(symbols(&["-D", "--defined-only"], &LIBRARY.join("libimagegate.so")), declared);
}

#[test]
fn the_archive_has_them_too() {
    let all = symbols(&["--defined-only", "--extern-only", "--quiet"], &LIBRARY.join("libimagegate.a"));
    let ours: Vec<String> = all.into_iter().filter(|name| name.starts_with("imagegate_")).collect();
    assert_eq!(ours, functions_of(&header()));
}

#[test]
fn the_test_only_functions_are_in_their_build_alone() {
    let panicking = symbols(&["-D", "--defined-only"], &PANICKING.join("libimagegate.so"));
    let more: Vec<&String> = panicking.iter().filter(|name| name.contains("test_panic")).collect();
    assert_eq!(more, ["imagegate_test_panic", "imagegate_test_panic_action"]);
}

#[test]
fn the_events_export_the_functions_of_their_header_and_nothing_else() {
    let declared = functions_of(&root().join("include/imagegate_events.h"));
    assert!(declared.contains(&"imagegate_events_store_record".to_owned()), "{declared:?}");
    assert_eq!(symbols(&["-D", "--defined-only"], &EVENTS.join("libimagegate_events.so")), declared);
}

#[test]
fn they_have_sonames_and_need_parts_of_glibc_and_libgcc_only() {
    for (folder, name) in [(&LIBRARY, "libimagegate"), (&EVENTS, "libimagegate_events")] {
        let library = folder.join(format!("{name}.so"));
        assert_eq!(dynamic(&library, "SONAME"), [soname(name)]);
        for needed in dynamic(&library, "NEEDED") {
            println!("{name} needs {needed}");
            assert!(ALLOWED.iter().any(|allowed| needed.starts_with(allowed)), "{name} needs {needed}");
        }
    }
}
