//! Gives the shared library its SONAME, which plain cargo does not.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is_linux = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux");
    let by_cargo_c = std::env::var_os("CARGO_FEATURE_CAPI").is_some();
    if is_linux && !by_cargo_c {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,{}", soname());
    }
}

/// A change of the C interface raises the minor version before 1.0 and the major version after.
fn soname() -> String {
    let part = |name: &str| std::env::var(name).unwrap_or_default();
    match part("CARGO_PKG_VERSION_MAJOR").as_str() {
        "0" => format!("libimagegate_events.so.0.{}", part("CARGO_PKG_VERSION_MINOR")),
        major => format!("libimagegate_events.so.{major}"),
    }
}
