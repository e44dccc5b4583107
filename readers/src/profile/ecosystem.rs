//! From scanners' words for package managers and distributions to package URL types.

/// The type of a package URL: `deb` of `pkg:deb/debian/openssl@1.1.1`.
pub(super) fn of_purl(purl: &str) -> Option<String> {
    let (kind, _) = purl.strip_prefix("pkg:")?.split_once('/')?;
    (!kind.is_empty()).then(|| kind.to_ascii_lowercase())
}

/// Whether packages belong to the distribution or to a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Os,
    Library,
}

/// The package URL type of a distribution, package manager or lock file, and what kind of package it is.
pub(super) fn of_word(word: &str) -> Option<(&'static str, Origin)> {
    let ecosystem = match word.to_ascii_lowercase().as_str() {
        "debian" | "ubuntu" | "echo" => ("deb", Origin::Os),
        "alpine" | "wolfi" | "chainguard" | "minimos" => ("apk", Origin::Os),
        "redhat"
        | "rhel"
        | "centos"
        | "rocky"
        | "alma"
        | "amazon"
        | "amzn"
        | "oracle"
        | "ol"
        | "fedora"
        | "photon"
        | "cbl-mariner"
        | "mariner"
        | "azurelinux"
        | "opensuse"
        | "opensuse.leap"
        | "opensuse-leap"
        | "opensuse.tumbleweed"
        | "opensuse-tumbleweed"
        | "suse"
        | "suse linux enterprise server"
        | "suse linux enterprise micro"
        | "sles"
        | "slem" => ("rpm", Origin::Os),
        "npm" | "yarn" | "pnpm" | "bun" | "node-pkg" => ("npm", Origin::Library),
        "pypi" | "pip" | "pipenv" | "poetry" | "python-pkg" | "uv" | "pylock" => ("pypi", Origin::Library),
        "go" | "gomod" | "gobinary" => ("golang", Origin::Library),
        "maven" | "jar" | "pom" | "gradle" | "sbt" => ("maven", Origin::Library),
        "bundler" | "gemspec" | "rubygems" => ("gem", Origin::Library),
        "cargo" | "rustbinary" => ("cargo", Origin::Library),
        "nuget" | "dotnet-core" | "packages-props" => ("nuget", Origin::Library),
        "composer" | "composer-vendor" => ("composer", Origin::Library),
        "conan" => ("conan", Origin::Library),
        "hex" | "mixlock" => ("hex", Origin::Library),
        "swift" => ("swift", Origin::Library),
        "cocoapods" => ("cocoapods", Origin::Library),
        "pub" => ("pub", Origin::Library),
        "conda-pkg" | "conda-environment" => ("conda", Origin::Library),
        "julia" => ("julia", Origin::Library),
        "bitnami" => ("bitnami", Origin::Library),
        _ => return None,
    };
    Some(ecosystem)
}

/// As [`of_word`], for the full names of distributions (`Debian GNU/Linux`).
pub(super) fn of_name(name: &str) -> Option<(&'static str, Origin)> {
    let first = name.split(' ').next().unwrap_or_default();
    let name = if name.starts_with("Red Hat ") { "redhat" } else { name };
    of_word(name).or_else(|| of_word(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purls_and_words() {
        assert_eq!(of_purl("pkg:DEB/debian/openssl@1").as_deref(), Some("deb"));
        for wrong in ["", "deb/x", "pkg:", "pkg:deb", "pkg:/x"] {
            assert_eq!(of_purl(wrong), None, "{wrong}");
        }
        assert_eq!(of_word("Alpine"), Some(("apk", Origin::Os)));
        assert_eq!(of_word("rustbinary"), Some(("cargo", Origin::Library)));
        assert_eq!(of_word("terraform"), None);
        for (name, ecosystem) in [
            ("Alpine Linux", "apk"),
            ("Debian GNU/Linux", "deb"),
            ("Red Hat Enterprise Linux Server", "rpm"),
            ("Oracle Linux Server", "rpm"),
            ("Amazon Linux AMI", "rpm"),
            ("pypi", "pypi"),
        ] {
            assert_eq!(of_name(name).map(|(ecosystem, _)| ecosystem), Some(ecosystem), "{name}");
        }
        assert_eq!(of_name("Red Star OS"), None);
    }
}
