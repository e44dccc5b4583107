//! Comparisons as the ecosystems' own documents, tools and test suites have them, and the laws of an order.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

/// Every version is older than all that follow it.
fn ascending(scheme: Scheme, versions: &[&str]) {
    for (index, left) in versions.iter().enumerate() {
        assert_eq!(compare(scheme, left, left), Some(Ordering::Equal), "{left} = {left}");
        for right in versions.iter().skip(index).skip(1) {
            assert_eq!(compare(scheme, left, right), Some(Ordering::Less), "{left} < {right}");
            assert_eq!(compare(scheme, right, left), Some(Ordering::Greater), "{right} > {left}");
        }
    }
}

/// All of them are the same version.
fn equal(scheme: Scheme, versions: &[&str]) {
    for left in versions {
        for right in versions {
            assert_eq!(compare(scheme, left, right), Some(Ordering::Equal), "{left} = {right}");
        }
    }
}

/// None of them can be read, on either side.
fn unreadable(scheme: Scheme, versions: &[&str]) {
    for version in versions {
        assert_eq!(compare(scheme, version, "1"), None, "{version}");
        assert_eq!(compare(scheme, "1", version), None, "{version}");
    }
}

/// Lines such as `1.0 < 1.1`.
fn vectors(scheme: Scheme, text: &str) {
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [left, sign, right] = words[..] else { panic!("{line}") };
        match sign {
            "<" => ascending(scheme, &[left, right]),
            ">" => ascending(scheme, &[right, left]),
            "=" => equal(scheme, &[left, right]),
            _ => panic!("{line}"),
        }
    }
}

#[test]
fn ecosystems_are_purl_types() {
    for (name, scheme) in [
        ("deb", Scheme::Deb),
        ("DEB", Scheme::Deb),
        ("PyPI", Scheme::Pypi),
        ("npm", Scheme::SemVer),
        ("cargo", Scheme::SemVer),
        ("hex", Scheme::SemVer),
        ("swift", Scheme::SemVer),
        ("pub", Scheme::Pub),
        ("Maven", Scheme::Maven),
        ("rpm", Scheme::Rpm),
        ("apk", Scheme::Apk),
        ("alpm", Scheme::Alpm),
        ("golang", Scheme::Golang),
        ("gem", Scheme::Gem),
        ("nuget", Scheme::NuGet),
        ("composer", Scheme::Composer),
    ] {
        assert_eq!(Scheme::of_ecosystem(name), Some(scheme), "{name}");
    }
    for name in ["", "generic", "oci", "github", "debian", "go", "rubygems", "conan", " deb", "n\u{212a}m"] {
        assert_eq!(Scheme::of_ecosystem(name), None, "{name}");
    }
}

const ALL: [Scheme; 12] = [
    Scheme::Apk,
    Scheme::Alpm,
    Scheme::Composer,
    Scheme::Deb,
    Scheme::Gem,
    Scheme::Golang,
    Scheme::Maven,
    Scheme::NuGet,
    Scheme::Pub,
    Scheme::Pypi,
    Scheme::Rpm,
    Scheme::SemVer,
];

#[test]
fn what_no_scheme_reads() {
    let long = "1".repeat(MAX_VERSION + 1);
    for scheme in ALL {
        unreadable(scheme, &["", " ", "1 ", " 1", "1.0\u{e9}", "1\u{0}", "\u{661}", "1\n", &long]);
    }
}

#[test]
fn numbers_have_any_length() {
    let big = format!("1.{}", "9".repeat(MAX_VERSION - 2));
    for scheme in ALL {
        if !matches!(scheme, Scheme::SemVer | Scheme::Pub | Scheme::Golang) {
            ascending(scheme, &["1.2", "1.99999999999999999999999999999999999998", &big]);
        }
    }
    // The tools of these stop at 64 bits, except within a pre-release.
    for scheme in [Scheme::SemVer, Scheme::Pub, Scheme::Golang] {
        ascending(scheme, &["1.2.3-1", "1.2.3-99999999999999999999999", "1.2.3", "1.18446744073709551615.0"]);
        unreadable(scheme, &["18446744073709551616.0.0"]);
    }
}

/// dpkg's t-version.c, deb-version(7), Debian Policy 5.6.12.
#[test]
fn deb() {
    vectors(
        Scheme::Deb,
        "0:0-0 < 1:0-0
         0:a-0 < 0:b-0
         0:0-a < 0:0-b
         0:0-00 = 0:00-0
         0 = 0:0
         1.2 = 1.2-0
         1:2-3 = 01:2-3
         1:0.9 > 2.0
         0:0-0-0 = 0-0-0
         0:0:0-0 = 0:0:0-0
         7.6p2-4 > 7.6-0
         1.0.3-3 > 1.0-1
         1.3 > 1.2.2-2
         1.3 > 1.2.2
         1.0-pre < 1.0-pree
         1.1.6r2-2 > 1.1.6r-1
         2.6b2-1 > 2.6b-2
         98.1p5-1 < 98.1-pre2-b6-2
         0.4a6-2 > 0.4-1
         1:3.0.5-2 < 1:3.0.5.1
         3.0~rc1-1 < 3.0-1
         1.0 > 1.0~
         1.2.3-1+deb11u1 > 1.2.3-1
         1.2.3-1~bpo11+1 < 1.2.3-1
         1.1.1n-0+deb11u3 < 1.1.1n-0+deb11u10
         1.0a < 1.0+
         1.0z < 1.0.",
    );
    // Debian Policy: "~~", "~~a", "~", the empty part, "a".
    ascending(Scheme::Deb, &["1~~", "1~~a", "1~", "1", "1a"]);
    unreadable(Scheme::Deb, &["0:", ":1", "a:0-0", "-1:0-1", "-0", "0:-0", "1.0-"]);
}

/// rpm's rpmvercmp.at, rpm-version(7).
#[test]
fn rpm() {
    vectors(
        Scheme::Rpm,
        "2.0 < 2.0.1
         2.0.1 < 2.0.1a
         5.5p1 < 5.5p10
         10xyz < 10.1xyz
         xyz10 < xyz10.1
         xyz.4 < 8
         5.6p1 < 6.5p1
         6.0.rc1 > 6.0
         10b2 > 10a1
         1.0a < 1.0aa
         10.0001 = 10.1
         10.0001 < 10.0039
         4.999.9 < 5.0
         20101121 < 20101122
         2.0 = 2_0
         a+ = a_
         +a = _a
         + = _
         1.0~rc1~git123 < 1.0~rc1
         1.0^git1 > 1.0
         1.0^git1 < 1.0^git2
         1.0^git1 < 1.01
         1.0^20160101 < 1.0.1
         1.0^20160101^git1 > 1.0^20160101
         1.0~rc1^git1 > 1.0~rc1
         1.0^git1~pre < 1.0^git1
         0:1.0 = 1.0
         1:1.0 > 2.0
         1.0-1 < 1.0-2
         1.0-1 > 1.0
         1.1.1k-7.el8_6 < 1.1.1k-12.el8_9
         4.18.0-372.9.1.el8 < 4.18.0-425.el8",
    );
    ascending(Scheme::Rpm, &["1.0~rc1", "1.0~rc2", "1.0", "1.0^git1", "1.0.1"]);
    unreadable(Scheme::Rpm, &["x:1.0", "1.0-", "-1", "1-2-3", "1:", "1:2:3"]);
}

/// libalpm's vercmptest.sh.
#[test]
fn alpm() {
    vectors(
        Scheme::Alpm,
        "1.5.0 < 1.5.1
         1.5 < 1.5.1
         1.5.0-1 < 1.5.0-2
         1.5.0-2 < 1.5.1-1
         1.5-1 < 1.5.1-1
         1.5b < 1.5
         1.5b-1 < 1.5
         1.5b < 1.5.1
         1.0a < 1.0alpha
         1.0alpha < 1.0b
         1.0b < 1.0beta
         1.0beta < 1.0rc
         1.0rc < 1.0
         1.5.a > 1.5
         1.5.a < 1.5.b
         1.5 < 1.5.b
         1.5-1 < 1.5.b
         2.0 = 2_0
         2.0_a = 2_0.a
         2.0a < 2.0.a
         2___a > 2_a
         0:1.0 = 1.0
         0:1.0 < 1:1.0
         1:1.0 > 1.1
         1:1.1 > 1:1.0
         10.0001 = 10.1
         1.5-1 > 1.5",
    );
    unreadable(Scheme::Alpm, &["1.", "1-", "x:1"]);
}

/// apk-tools' version.data.
#[test]
fn apk() {
    vectors(
        Scheme::Apk,
        "2.34 > 0.1.0_alpha
         0.1.0_alpha < 0.1.0_alpha2
         0.1.0_alpha < 0.1.3_alpha
         2.2.39-r1 > 1.0.4-r3
         1.0.4-r3 < 1.0.4-r4
         1.1 > 1.1_alpha1
         1.3_alpha8 > 0.6.0
         2.3.0b-r1 < 2.3.0b-r2
         3.1_p16 < 3.1_p17
         1.06-r6 < 006
         006 > 1.0.0
         1.2.2-r1 > 1.2.2
         2.01.01_alpha10 > 0.94
         1.00_beta2 > 0.9.2
         4.2.52_p2-r1 < 4.2.52_p4-r2
         1.02.07 < 1.02.10-r1
         2.5.1-r8 < 2.5.1a-r1
         3.9_pre20060124 > 0.01
         021109-r3 < 20060512
         6b-r7 > 1.12-r7
         0.12.3 > 0.12
         6.0_pre1 < 6.0
         6.0_p1 > 6.0
         8.2.0 < 8.2.001
         8.2.0015 < 8.2.002
         1.0~1234 < 1.0~2345
         1.0~1234-r1 < 1.0~2345-r0
         1.0~1234-r1 > 1.0~1234-r0
         1.0 < 1.0-r0
         3.0.12-r4 < 3.0.12-r10",
    );
    ascending(
        Scheme::Apk,
        &[
            "1_alpha", "1_alpha2", "1_beta", "1_pre", "1_rc", "1_rc-r1", "1", "1-r0", "1~ab", "1_cvs",
            "1_svn", "1_git", "1_hg", "1_p", "1_p1", "1a", "1.0", "1.1",
        ],
    );
    equal(Scheme::Apk, &["1.2-r1", "01.2-r01"]);
    for valid in
        ["1.2", "0.1_pre2", "0.1_pre2~1234abcd", "0.1_p1_pre2", "0.1_alpha1_pre2", "0.1_git20240101_pre1"]
    {
        equal(Scheme::Apk, &[valid]);
    }
    unreadable(
        Scheme::Apk,
        &[
            "0.1bc",
            "0.1bc1",
            "0.1a1",
            "0.1a.1",
            "0.1_pre2~",
            "0.1_pre2~1234xbcd",
            "0.1_pre2~1234abcd_pre1",
            "0.1_pre2-r1~1234xbcd",
            "0.1_foobar",
            "0.1_foobar1",
            "0.1-pre1.1",
            "0.1-r",
            "0.1-r2_pre1",
            "0.1-r2-r3",
            "0.1-r2.1",
            ".1",
            "a",
            "_pre1",
            "-r1",
            "0.1_",
            "0.1_-r0",
            "0.1__alpha",
            "0.1_1_alpha",
            "1.",
            "1A",
        ],
    );
}

/// Maven's ComparableVersionTest.
#[test]
fn maven() {
    ascending(
        Scheme::Maven,
        &[
            "1-alpha2snapshot",
            "1-alpha2",
            "1-alpha-123",
            "1-beta-2",
            "1-beta123",
            "1-m2",
            "1-m11",
            "1-rc",
            "1-cr2",
            "1-rc123",
            "1-SNAPSHOT",
            "1",
            "1-sp",
            "1-sp2",
            "1-sp123",
            "1-abc",
            "1-def",
            "1-pom-1",
            "1-1-snapshot",
            "1-1",
            "1-2",
            "1-123",
        ],
    );
    ascending(
        Scheme::Maven,
        &[
            "2.0", "2.0.a", "2-1", "2.0.2", "2.0.123", "2.1.0", "2.1-a", "2.1b", "2.1-c", "2.1-1", "2.1.0.1",
            "2.2", "2.123", "11.a2", "11.a11", "11.b2", "11.b11", "11.m2", "11.m11", "11", "11.a", "11b",
            "11c", "11m",
        ],
    );
    for same in [
        &["1", "1.0", "1.0.0", "1-0", "1.0-0", "1ga", "1-GA", "1release", "1.Final"][..],
        &["1a", "1-a", "1.0-a", "1.0.0-a", "1.0a", "1.0.0a", "1A"],
        &["1x", "1-x", "1.0-x", "1.0.0-x", "1.0x", "1.0.0x", "1X"],
        &["1cr", "1rc", "1-Rc"],
        &["1a1", "1-alpha-1"],
        &["1b2", "1-beta-2"],
        &["1m3", "1-milestone-3", "1MILESTONE3"],
        &["0.7", "00.07"],
    ] {
        equal(Scheme::Maven, same);
    }
    vectors(
        Scheme::Maven,
        "1.0-alpha-1 < 1.0
         1.0-alpha-1-SNAPSHOT < 1.0-alpha-1
         1.0-SNAPSHOT < 1.0
         1.0 < 1.0-1
         2.0-1 < 2.0.1
         2.0.1-klm < 2.0.1-lmn
         2.0.1-xyz < 2.0.1-123
         6.1.0rc3 < 6.1.0
         6.1.0rc3 < 6.1H.5-beta
         6.1.0 < 6.1H.5-beta
         20190126.230843 > 1.2.3
         2.0.0.v200706041905-7C78EK9E_EkMNfNOd2d8qq > 2.0
         9.4.51.v20230217 < 9.4.52.v20230823
         31.1-android > 31.1
         2.17.0 < 2.17.1
         2.9.10.8 < 2.9.10.10
         5.3.18 > 5.3.2.RELEASE
         7 > c",
    );
}

/// The specification's precedence, npm's own comparisons.
#[test]
fn semantic_versioning() {
    let precedence = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "2.0.0",
        "2.1.0",
        "2.1.1",
        "2.10.0",
    ];
    for scheme in [Scheme::SemVer, Scheme::Pub, Scheme::Golang] {
        ascending(scheme, &precedence);
        equal(scheme, &["1.2", "v1.2.0", "1.2.0"]);
        equal(scheme, &["1", "1.0.0"]);
        ascending(scheme, &["1.2-rc.1", "1.2"]);
        unreadable(
            scheme,
            &["x", "1.2.3.4", "1.02.3", "1.2.3-", "1.2.3-01", "1.2.3+", "1..2", "-1", "vv1", "1.x"],
        );
    }
    equal(Scheme::SemVer, &["1.0.0", "1.0.0+20130313144700", "1.0.0+exp.sha.5114f85"]);
    // npm's fixtures.
    vectors(
        Scheme::SemVer,
        "0.0.0 > 0.0.0-foo
         0.0.1 > 0.0.0
         0.10.0 > 0.9.0
         v0.0.1 > 0.0.0
         1.2.3 > 1.2.3-asdf
         1.2.3 > 1.2.3-4
         1.2.3-5-foo > 1.2.3-5
         1.2.3-5 > 1.2.3-4
         3.0.0 > 2.7.2+asdf
         1.2.3-a.10 > 1.2.3-a.5
         1.2.3-a.b > 1.2.3-a.5
         1.2.3-a.b.c > 1.2.3-a
         1.2.3-r2 > 1.2.3-r100",
    );
    // pub_semver orders build metadata.
    ascending(Scheme::Pub, &["1.0.0", "1.0.0+1", "1.0.0+2", "1.0.0+10", "1.0.0+a"]);
}

/// golang.org/x/mod/semver, and the names of Go's releases.
#[test]
fn golang() {
    ascending(
        Scheme::Golang,
        &[
            "v0.0.0-20190101000000-abcdefabcdef",
            "v0.0.0-20230101000000-abcdefabcdef",
            "v0.0.1",
            "v1.2.2",
            "v1.2.3-0.20191109021931-daa7c04131f5",
            "v1.2.3-pre",
            "v1.2.3",
            "v2.0.0+incompatible",
        ],
    );
    equal(Scheme::Golang, &["v2.0.0", "v2.0.0+incompatible", "2.0.0", "v2"]);
    ascending(
        Scheme::Golang,
        &["go1.20.14", "go1.21beta1", "1.21rc2", "go1.21rc10", "go1.21.0", "v1.21.1", "go1.21.10"],
    );
    unreadable(Scheme::Golang, &["(devel)", "go", "gov1.2.3", "devel", "1.21rc", "1.x-rc1"]);
}

/// PEP 440's summary of permitted suffixes and the tests of Python's `packaging`.
#[test]
fn pypi() {
    ascending(
        Scheme::Pypi,
        &[
            "1.0.dev456",
            "1.0a1",
            "1.0a2.dev456",
            "1.0a12.dev456",
            "1.0a12",
            "1.0b1.dev456",
            "1.0b2",
            "1.0b2.post345.dev456",
            "1.0b2.post345",
            "1.0b2-346",
            "1.0c1.dev456",
            "1.0c1",
            "1.0rc2",
            "1.0c3",
            "1.0",
            "1.0.post456.dev34",
            "1.0.post456",
            "1.1.dev1",
            "1.2+123abc",
            "1.2+123abc456",
            "1.2+abc",
            "1.2+abc123",
            "1.2+abc123def",
            "1.2+1234.abc",
            "1.2+123456",
            "1.2.r32+123456",
            "1.2.rev33+123456",
            "1!1.0.dev456",
            "1!1.0a1",
            "1!1.0",
        ],
    );
    for same in [
        &["1.0", "1", "1.0.0", "v1.0", "V1", "0!1.0"][..],
        &["1.0a0", "1.0a", "1.0.a", "1.0-A", "1.0_alpha", "1.0.ALPHA.0", "1.0a-", "1.0a00"],
        &["1.0rc1", "1.0c1", "1.0-pre1", "1.0.preview_1", "1.0RC.1"],
        &["1.0.post1", "1.0-1", "1.0-r1", "1.0.rev.1", "1.0post1", "1.0_POST-1"],
        &["1.0.dev0", "1.0dev", "1.0-DEV", "1.0.dev_0"],
        &["1.0+ubuntu.1", "1.0+ubuntu-1", "1.0+UBUNTU_01"],
    ] {
        equal(Scheme::Pypi, same);
    }
    unreadable(
        Scheme::Pypi,
        &[
            "french-toast",
            "1.0-git",
            "1.0+",
            "1.0+a..b",
            "1.0+_f",
            "1.0+1+1",
            "!1",
            "1!",
            "1.",
            ".1",
            "1.0a1b1",
            "1_0",
        ],
    );
}

/// RubyGems' test_gem_version.rb.
#[test]
fn gem() {
    vectors(
        Scheme::Gem,
        "1.0 = 1.0.0
         1.0 > 1.0.a
         1.8.2 > 0.0.0
         1.8.2 > 1.8.2.a
         1.8.2.b > 1.8.2.a
         1.8.2.a < 1.8.2
         1.8.2.a10 > 1.8.2.a9
         0.beta.1 = 0.0.beta.1
         0.0.beta < 0.0.beta.1
         0.0.beta < 0.beta.1
         5.a < 5.0.0.rc2
         5.x > 5.0.0.rc2
         1.9.3 > 1.9.2.99
         1.0.0-alpha < 1.0.0
         1.0.0-alpha = 1.0.0.pre.alpha
         1.0-1 < 1.0
         1.2.b1 = 1.2.b.1
         1.a.0 = 1.a
         6.0.3.rc1 < 6.0.3.1
         2.0.0.preview2 < 2.0.0.rc1",
    );
    unreadable(
        Scheme::Gem,
        &[
            "junk",
            "1.",
            "1..2",
            "1.2 3.4",
            "1beta",
            "1.0-",
            "1_0",
            "2.3422222.222.222222222.22222.ads0as.dasd0.ddd2222.2.qd3e.",
        ],
    );
}

/// NuGet.Versioning's comparisons.
#[test]
fn nuget() {
    ascending(
        Scheme::NuGet,
        &[
            "1.0.0-0",
            "1.0.0-2",
            "1.0.0-11",
            "1.0.0-ALPHA",
            "1.0.0-alpha.1",
            "1.0.0-Beta",
            "1.0.0",
            "1.0.0.1",
            "1.0.1-rc",
            "1.0.1",
            "1.10",
        ],
    );
    equal(Scheme::NuGet, &["1", "1.0", "1.0.0", "1.0.0.0", "01.00", "1.0.0+sha.1"]);
    equal(Scheme::NuGet, &["1.0.0-BETA", "1.0.0-beta", "1.0-beta+x"]);
    unreadable(Scheme::NuGet, &["v1", "1.0.0.0.0", "1..0", "1.0-", "1.0-a..b", "1.0+", "1.0-a_b", "a"]);
}

/// composer/semver's VersionParserTest and ComparatorTest.
#[test]
fn composer() {
    ascending(
        Scheme::Composer,
        &[
            "1.0.0-dev",
            "1.0.0-alpha",
            "1.0.0a1",
            "1.0.0-beta-dev",
            "1.0.0-beta",
            "1.0.0-beta2-dev",
            "1.0.0-BETA2",
            "1.0.0-beta10",
            "1.0.0-RC1",
            "v1.0.0",
            "1.0.0-p1",
            "1.0.0-patch2",
            "1.0.0.1",
            "1.0.1",
            "1.10",
            "1.x-dev",
            "2.0.x-dev",
            "2.1",
            "20240131",
            "2024013101",
        ],
    );
    for same in [
        &["1.0", "1.0.0.0", "v1", "V1.0.0", "1.0.0-stable", "1.0-stable2-dev", "1.0.0+build", "1.0@beta"][..],
        &["1.0.0-rc1", "1.0.0RC.1", "1.0.0.RC-1", "1.0-rc1"],
        &["1.0.0-pl3", "1.0.0-p3", "1.0.0-patch3"],
        &["1.0-beta.dev", "1.0betadev", "1.0.0-beta-dev"],
        &["1.x-dev", "1.x.x-dev", "1.*-dev"],
        &["2010-01-02", "2010.01-02"],
    ] {
        equal(Scheme::Composer, same);
    }
    unreadable(
        Scheme::Composer,
        &[
            "dev-main",
            "dev-1.0",
            "master",
            "a",
            "1.0.0-meh",
            "1.0.0.0.0",
            "1.0-1",
            "x-dev.1",
            "1.x.1-dev",
            "-dev",
            "",
        ],
    );
}

/// Texts of the pieces versions are made of, most of them readable.
fn versions(scheme: Scheme) -> BoxedStrategy<String> {
    let pattern = match scheme {
        Scheme::Apk => {
            "[0-2]{1,2}(\\.[0-2]{1,2}){0,2}[ab]?(_(alpha|rc|p|git)[0-2]?){0,2}(~[ab]{1,2})?(-r[0-2])?"
        }
        Scheme::Alpm => "([01]:)?[0-2](([._]{0,2})([0-2]|a|b)){0,4}(-[0-2])?",
        Scheme::Composer => {
            "v?[0-2](\\.[0-2]){0,3}(-(alpha|beta|RC|p|stable)?\\.?[0-2]?)?(-dev)?|[12]\\.x-dev|20240[12]"
        }
        Scheme::Deb => "([01]:)?[0-2]([0-2]|a|\\.|~|\\+|-){0,5}(-[0-2]~?)?",
        Scheme::Gem => "[0-2](\\.([0-2]|a|b1|rc)){0,4}(-[0-2a])?",
        Scheme::Golang => {
            "v?[0-2](\\.[0-2]){0,2}(-(rc|0)(\\.[0-2]){0,2})?(\\+incompatible)?|go1\\.[12](rc[12])?"
        }
        // Elsewhere Maven's own relation is no order.
        Scheme::Maven => "[0-2](\\.[0-2]){0,3}(-(alpha|b|rc|SNAPSHOT|ga|sp|x)(-?[1-3])?)?",
        Scheme::NuGet => "[0-2](\\.[0-2]){0,3}(-(a|B|0|1)(\\.(a|2|-)){0,2})?(\\+x)?",
        Scheme::Pub | Scheme::SemVer => "v?[0-2](\\.[0-2]){0,2}(-(a|b|0|1)(\\.(a|2|-)){0,2})?(\\+[0-2a])?",
        Scheme::Pypi => {
            "([01]!)?[0-2](\\.[0-2]){0,2}(a|b1|rc2)?(\\.post[01]|-1)?(\\.dev[01])?(\\+(a|1)(\\.[b2])?)?"
        }
        Scheme::Rpm => "([01]:)?[0-2]([0-2]|a|b|\\.|~|\\^|_){0,5}(-[0-2](~|\\^|\\.)?[0-2a]?)?",
    };
    proptest::string::string_regex(pattern).unwrap().boxed()
}

#[test]
fn whether_a_version_is_readable_does_not_depend_on_the_other() {
    for other in ["1.0", "1.0-1"] {
        assert_eq!(compare(Scheme::Alpm, other, "1.0-1."), None);
        assert_eq!(compare(Scheme::Alpm, "1.0-1.", other), None);
    }
}

fn laws(scheme: Scheme, [a, b, c]: [&str; 3]) -> TestCaseResult {
    let order = |left: &str, right: &str| compare(scheme, left, right);
    let readable = |version: &str| order(version, version).is_some();
    for version in [a, b, c] {
        prop_assert!(matches!(order(version, version), None | Some(Ordering::Equal)));
    }
    prop_assert_eq!(order(a, b).is_some(), readable(a) && readable(b));
    prop_assert_eq!(order(a, b), order(b, a).map(Ordering::reverse));
    if let (Some(ab), Some(bc), Some(ac)) = (order(a, b), order(b, c), order(a, c)) {
        if ab == bc || bc.is_eq() {
            prop_assert_eq!(ac, ab);
        } else if ab.is_eq() {
            prop_assert_eq!(ac, bc);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn comparing_orders(
        (scheme, versions) in prop::sample::select(&ALL[..])
            .prop_flat_map(|scheme| (Just(scheme), prop::array::uniform3(versions(scheme))))
    ) {
        laws(scheme, [&versions[0], &versions[1], &versions[2]])?;
    }

    /// Near neighbours, cut from one another, where mistakes hide.
    #[test]
    fn comparing_orders_neighbours(
        (scheme, version) in prop::sample::select(&ALL[..]).prop_flat_map(|scheme| (Just(scheme), versions(scheme))),
        cuts in prop::array::uniform2(0_usize..8),
    ) {
        if scheme != Scheme::Maven {
            let [first, second] = cuts.map(|cut| version.get(..version.len().saturating_sub(cut)).unwrap_or_default());
            laws(scheme, [&version, first, second])?;
        }
    }

    #[test]
    fn nothing_panics(
        scheme in prop::sample::select(&ALL[..]),
        left in ".{0,40}|[ -~]{0,40}|([0-9.:~^+_!vxardevgobetc-]){0,20}",
        right in ".{0,40}|[ -~]{0,40}|([0-9.:~^+_!vxardevgobetc-]){0,20}",
    ) {
        let ordering = compare(scheme, &left, &right);
        prop_assert_eq!(compare(scheme, &right, &left), ordering.map(Ordering::reverse));
        let _ = compare_with_bound(scheme, &left, &right);
    }
}
