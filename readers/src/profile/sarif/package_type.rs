//! The words that scanners have for types of packages.

use crate::profile::ecosystem::{self, Origin};

/// The package URL type of Grype's word for it.
pub(super) fn grype_type(word: &str) -> Option<(&'static str, Origin)> {
    let library = match word {
        "deb" => return Some(("deb", Origin::Os)),
        "rpm" => return Some(("rpm", Origin::Os)),
        "apk" => return Some(("apk", Origin::Os)),
        "python" => "pypi",
        "java-archive" | "jenkins-plugin" => "maven",
        "go-module" => "golang",
        "rust-crate" => "cargo",
        "gem" => "gem",
        "dotnet" => "nuget",
        "php-composer" => "composer",
        other => return ecosystem::of_word(other),
    };
    Some((library, Origin::Library))
}

/// The package URL type of Snyk's package manager, which is one of a rule's tags.
pub(super) fn snyk_manager(tag: &str) -> Option<(&'static str, Origin)> {
    match tag {
        "deb" | "rpm" | "apk" => grype_type(tag),
        "golangdep" | "golang" => Some(("golang", Origin::Library)),
        "golangbinary" | "gomodules" => Some(("golang", Origin::Library)),
        "maven" => Some(("maven", Origin::Library)),
        other => ecosystem::of_word(other),
    }
}
