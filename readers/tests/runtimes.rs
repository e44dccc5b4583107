//! What is read of OCI runtime configurations and CRI container configurations, fact by fact.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod facts_support;

use facts_support::asked;
use imagegate::{Error, ErrorKind, Launch, LaunchImage};
use imagegate_readers::launch::{Options, parse};

const ID: &str = "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../testdata/launches/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[track_caller]
fn read(name: &str) -> Launch {
    parse(&fixture(name), &Options::default()).unwrap()
}

fn named() -> Options {
    let reference = Some("registry.example.com/named:1".to_owned());
    Options::default().with_image(LaunchImage { reference, ..LaunchImage::default() })
}

#[track_caller]
fn refused(text: &str) -> Error {
    parse(text.as_bytes(), &named()).unwrap_err()
}

/// The facts of a launch whose image is named, with `~` before inferred ones.
#[track_caller]
fn facts(text: &str) -> Vec<String> {
    told(&parse(text.as_bytes(), &named()).unwrap())
}

fn told(launch: &Launch) -> Vec<String> {
    let document = launch.document();
    let mark = |fact: &String| match document.inferred.contains(fact) {
        true => format!("~{fact}"),
        false => fact.clone(),
    };
    asked(document).iter().map(mark).collect()
}

/// An OCI configuration that asks for nothing but what the three parts add to it; every `'` is a quote.
fn oci(process: &str, linux: &str, rest: &str) -> String {
    let namespaces = ["pid", "ipc", "network", "uts", "user", "cgroup", "mount"];
    let namespaces = namespaces.map(|kind| format!("{{'type': '{kind}'}}")).join(", ");
    let linux = if linux.contains("namespaces") {
        linux.to_owned()
    } else {
        format!("'namespaces': [{namespaces}]{linux}")
    };
    format!(
        "{{'ociVersion': '1.2.0', 'process': {{'user': {{'uid': 1}}, 'noNewPrivileges': true{process}}},
          'linux': {{'seccomp': {{'defaultAction': 'SCMP_ACT_ERRNO'}},
          'maskedPaths': ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/proc/sched_debug', '/proc/scsi', '/sys/firmware'],
          'readonlyPaths': ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'], {linux}}}{rest}}}"
    )
    .replace('\'', "\"")
}

#[track_caller]
fn check_oci(process: &str, linux: &str, rest: &str, expected: &[&str]) {
    assert_eq!(facts(&oci(process, linux, rest)), expected, "{process} {linux} {rest}");
}

#[test]
fn a_confined_container_asks_for_nothing() {
    let launch = read("oci-runtime-plain");
    let document = launch.document();
    assert!(asked(document).is_empty(), "{:?}", asked(document));
    assert_eq!(document.image.reference.as_deref(), Some("registry.example.com/shop/cart:1.4.2"));
    assert_eq!(document.container.name.as_deref(), Some("cart"));
    assert_eq!(document.container.command, ["nginx", "--token=***"]);
    assert_eq!(document.container.environment, ["PATH", "API_TOKEN"]);
    assert_eq!(document.container.user.as_deref(), Some("101:101"));
    assert!(document.container.mounts.is_empty() && document.container.devices.is_empty());
    assert_eq!(document.pod.namespace.as_deref(), Some("shop"));
    assert_eq!(document.pod.name.as_deref(), Some("cart-5d9c"));
    assert!(!launch.to_json().contains("invented"));
    check_oci("", "", "", &[]);
}

#[test]
fn a_dangerous_container_hides_nothing() {
    let launch = parse(&fixture("oci-runtime-dangerous"), &named()).unwrap();
    assert_eq!(
        told(&launch),
        [
            "capability:SYS_ADMIN",
            "capability:BPF",
            "capability:NET_ADMIN",
            "host_pid",
            "host_ipc",
            "host_network",
            "host_uts",
            "host_user",
            "host_cgroup",
            "host_path:/var/run/docker.sock",
            "host_path:/var/lib/docker/containers/0a1b/hosts",
            "device:/dev/sdb1",
            "~host_path:/etc",
            "~host_path:/srv/layer",
            "~host_path:/tmp/up",
            "~host_path:/dev",
            "device:/dev/disk",
            "~device:/dev/sda",
            "~device:c 195:* rw",
            "~seccomp_unconfined",
            "apparmor_unconfined",
            "~selinux_disabled",
            "unmasked_paths",
            "run_as_root",
            "new_privileges",
        ]
    );
    let container = &launch.document().container;
    assert_eq!(container.devices, ["/dev/disk", "c 195:* rw"]);
    assert_eq!(
        container.mounts,
        [
            "/var/run/docker.sock:/s",
            "/var/lib/docker/containers/0a1b/hosts:/etc/hosts:ro",
            "/dev/sdb1:/disk",
            "overlay:/lower",
            "devtmpfs:/dev"
        ]
    );
}

#[test]
fn privileged_is_inferred_and_said_to_be() {
    let launch = read("oci-runtime-privileged");
    assert_eq!(
        told(&launch),
        [
            "~privileged",
            "~capability:ALL",
            "~device:a *:* rwm",
            "seccomp_unconfined",
            "unmasked_paths",
            "new_privileges"
        ]
    );
    let document = launch.document();
    assert_eq!(document.image.reference.as_deref(), Some("quay.io/shop/tool:2"));
    assert_eq!(document.image.id.as_deref(), Some(ID));
    assert_eq!(document.container.name.as_deref(), Some("t"));
    assert_eq!(document.pod.namespace.as_deref(), Some("shop"));
    let text = String::from_utf8(fixture("oci-runtime-privileged")).unwrap();
    let has = |text: &str| facts(text).contains(&"~privileged".to_owned());
    assert!(has(&text));
    // All three are needed, and none is feigned.
    assert!(!has(&text.replace("\"CAP_SYS_ADMIN\", ", "")));
    assert!(!has(&text.replace("\"allow\": true", "\"allow\": false")));
    assert!(!has(&text.replace("\"linux\": {", "\"linux\": {\"maskedPaths\": [\"/proc/kcore\"],")));
    assert!(has(&text.replace("\"linux\": {", "\"linux\": {\"maskedPaths\": [\"/nothing\"],")));
    assert!(has(&text.replace("\"CAP_CHOWN\", ", "")));
    assert!(has(&text.replace("\"resources\"", "\"other\"")));
    assert!(!has(&text.replace("bounding", "effective")));
    check_oci("", "", ", 'annotations': {'io.podman.annotations.privileged': 'TRUE'}", &["~privileged"]);
    check_oci("", "", ", 'annotations': {'io.podman.annotations.privileged': 'FALSE'}", &[]);
}

#[test]
fn a_namespace_without_an_entry_is_the_hosts() {
    for (kind, fact) in [
        ("pid", "host_pid"),
        ("ipc", "host_ipc"),
        ("network", "host_network"),
        ("uts", "host_uts"),
        ("user", "host_user"),
        ("cgroup", "host_cgroup"),
        ("mount", "~host_path:/"),
    ] {
        let own = format!("{{'type': '{kind}'}}").replace('\'', "\"");
        let with = |other: &str| facts(&oci("", "", "").replace(&own, &other.replace('\'', "\"")));
        assert_eq!(with("{'type': 'time'}"), [fact], "{kind}");
        for path in ["/proc/4711/ns/x", "/run/netns/cni-1", "/var/run/../run/netns/x"] {
            assert!(with(&format!("{{'type': '{kind}', 'path': '{path}'}}")).is_empty(), "{path}");
        }
        for path in ["/proc/1/ns/x", "//proc/./1/ns/x", "/proc/self/ns/x"] {
            assert_eq!(with(&format!("{{'type': '{kind}', 'path': '{path}'}}")), [fact], "{path}");
        }
        // An entry of its own beside one of the host's is no way out.
        let both = format!("{own}, {{'type': '{kind}', 'path': '/proc/1/ns/x'}}");
        assert_eq!(with(&both), [fact]);
    }
    check_oci("", "", ", 'root': {'path': '/'}", &["~host_path:/"]);
}

#[test]
fn what_is_absent_is_not_in_force() {
    let minimal = facts(&String::from_utf8(fixture("oci-runtime-minimal")).unwrap());
    let missing = [
        "host_pid",
        "host_ipc",
        "host_network",
        "host_uts",
        "host_user",
        "host_cgroup",
        "~host_path:/",
        "seccomp_unconfined",
        "unmasked_paths",
        "run_as_root",
        "new_privileges",
    ];
    assert_eq!(minimal, missing);
    // Without any platform it may be Linux: everything is then the host's, though nothing says so.
    let inferred: Vec<_> = missing[..9]
        .iter()
        .map(|fact| if fact.starts_with('~') { (*fact).to_owned() } else { format!("~{fact}") })
        .chain(["run_as_root".to_owned()])
        .collect();
    assert_eq!(told(&read("oci-runtime-without-platform")), inferred);
}

#[test]
fn facts_of_a_process() {
    check_oci(", 'capabilities': {'bounding': ['CAP_CHOWN', 'kill', '']}", "", "", &[]);
    check_oci(
        ", 'capabilities': {'ambient': ['sys_ptrace', 'CAP_SYS_PTRACE']}",
        "",
        "",
        &["capability:SYS_PTRACE"],
    );
    check_oci(", 'apparmorProfile': 'unconfined'", "", "", &["apparmor_unconfined"]);
    check_oci(", 'apparmorProfile': 'docker-default'", "", "", &[]);
    check_oci(", 'selinuxLabel': 'system_u:system_r:spc_t:s0'", "", "", &["~selinux_disabled"]);
    check_oci(", 'selinuxLabel': 'system_u:system_r:container_t:s0:c1,c2'", "", "", &[]);
    let text = oci("", "", "");
    assert_eq!(facts(&text.replace("\"uid\": 1", "\"uid\": 0")), ["run_as_root"]);
    assert_eq!(facts(&text.replace("\"uid\": 1", "\"gid\": 1")), ["run_as_root"]);
    assert_eq!(
        facts(&text.replace("\"noNewPrivileges\": true", "\"noNewPrivileges\": false")),
        ["new_privileges"]
    );
}

#[test]
fn a_filter_that_filters_nothing_is_none() {
    let with = |seccomp: &str| {
        facts(
            &oci("", "", "").replace("{\"defaultAction\": \"SCMP_ACT_ERRNO\"}", &seccomp.replace('\'', "\"")),
        )
    };
    assert_eq!(with("null"), ["seccomp_unconfined"]);
    for open in [
        "{}",
        "{'defaultAction': 'SCMP_ACT_LOG'}",
        "{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'names': ['read'], 'action': 'SCMP_ACT_ALLOW'}]}",
    ] {
        assert_eq!(with(open), ["~seccomp_unconfined"], "{open}");
    }
    assert!(
        with("{'defaultAction': 'SCMP_ACT_ALLOW', 'syscalls': [{'action': 'SCMP_ACT_ERRNO'}]}").is_empty()
    );
}

#[test]
fn mounts_of_the_host() {
    let mount = |mount: &str| oci("", "", &format!(", 'mounts': [{mount}]"));
    let of = |text: &str| facts(&mount(text));
    assert_eq!(of("{'destination': '/a', 'source': '/etc', 'options': ['ro', 'bind']}"), ["host_path:/etc"]);
    assert_eq!(of("{'destination': '/a', 'source': 'C:\\\\srv', 'type': 'bind'}"), ["host_path:C:\\srv"]);
    assert_eq!(of("{'destination': '/a', 'source': '/etc'}"), ["~host_path:/etc"]);
    assert_eq!(of("{'destination': '/a', 'source': '/dev/sda1', 'type': 'ext4'}"), ["device:/dev/sda1"]);
    assert_eq!(of("{'destination': '/a', 'source': '/srv/disk', 'type': 'ext4'}"), ["~host_path:/srv/disk"]);
    assert!(of("{'destination': '/a', 'source': '/tmp', 'type': 'tmpfs'}").is_empty());
    assert!(of("{'destination': '/a', 'source': 'server:/x', 'type': 'nfs'}").is_empty());
    let error = refused(&mount("{'destination': '/a', 'type': 'bind'}"));
    assert_eq!((error.code(), error.pointer()), ("missing_field", Some("/mounts/0")));
    for source in ["../../etc", "etc", "./x"] {
        let error = refused(&mount(&format!("{{'type': 'bind', 'source': '{source}'}}")));
        assert_eq!((error.code(), error.pointer()), ("relative_path", Some("/mounts/0/source")), "{source}");
    }
}

#[test]
fn windows_has_privileges_of_its_own() {
    let launch = read("oci-runtime-windows");
    assert_eq!(
        told(&launch),
        [
            "~privileged",
            "~host_network",
            r"host_path:c:\srv\logs",
            r"host_path:\\.\pipe\docker_engine",
            "device:class/5B45201D-F2F2-4F3B-85BB-30FF1F953599"
        ]
    );
    assert_eq!(launch.document().container.command, ["cmd /c ver"]);
    assert_eq!(launch.document().container.user.as_deref(), Some("ContainerUser"));
    assert!(facts(r#"{"ociVersion": "1.0.0", "windows": {}}"#).is_empty());
    // Linux containers on Windows are Linux.
    assert!(facts(r#"{"ociVersion": "1.0.0", "linux": {}, "windows": {}}"#).contains(&"host_pid".to_owned()));
}

#[test]
fn other_platforms_and_versions_are_refused() {
    let error = parse(&fixture("oci-runtime-freebsd"), &named()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unsupported_platform"));
    let error = parse(&fixture("oci-runtime-of-2016"), &named()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unsupported_version"));
    assert_eq!(error.pointer(), Some("/process/capabilities"));
    let error = refused(r#"{"ociVersion": "2.0.0", "linux": {}}"#);
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unsupported_version"));
    for name in ["other-oci-state", "other-oci-of-2015", "docker-create-plain", "cri-container-plain"] {
        let options = named().with_format("oci-runtime".parse().unwrap());
        let error = parse(&fixture(name), &options).unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unknown_format"), "{name}");
    }
}

#[test]
fn the_image_comes_from_annotations_or_the_caller() {
    let error = parse(&fixture("oci-runtime-minimal"), &Options::default()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidLaunch, "missing_identity"));
    assert!(error.to_string().contains("no annotation names the image"), "{error}");
    // What the caller knows counts for more than an annotation, which anybody may have written.
    let launch = parse(&fixture("oci-runtime-plain"), &named()).unwrap();
    assert_eq!(launch.document().image.reference.as_deref(), Some("registry.example.com/named:1"));
    let other = LaunchImage { id: Some("0".repeat(64)), ..LaunchImage::default() };
    let error = parse(&fixture("oci-runtime-privileged"), &Options::default().with_image(other)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ImageMismatch);
    let image = |annotations: &str| {
        let text = oci("", "", &format!(", 'annotations': {{{annotations}}}"));
        parse(text.as_bytes(), &Options::default()).map(|launch| launch.document().image.clone())
    };
    let pause = "'io.kubernetes.cri.container-type': 'sandbox', 'io.kubernetes.cri.podsandbox.image-name': 'pause:3.9'";
    assert_eq!(image(pause).unwrap().reference.as_deref(), Some("pause:3.9"));
    let by_id = format!("'io.kubernetes.cri.image-name': '{ID}'");
    assert_eq!(image(&by_id).unwrap().id.as_deref(), Some(ID));
    for none in [
        "'io.kubernetes.cri.image-name': ''",
        "'org.opencontainers.image.base.name': 'alpine:3'",
        "'org.opencontainers.image.ref.name': 'latest'",
        "'io.kubernetes.cri.podsandbox.image-name': 'pause:3.9'",
    ] {
        assert_eq!(image(none).unwrap_err().code(), "missing_identity", "{none}");
    }
    let error = image("'io.kubernetes.cri.image-name': 'a b'").unwrap_err();
    assert_eq!(
        (error.code(), error.pointer()),
        ("invalid_name", Some("/annotations/io.kubernetes.cri.image-name"))
    );
}

#[test]
fn a_wrong_value_of_a_runtime_is_shown_where_it_stands() {
    let cases = [
        (r#"{"ociVersion": 1}"#, "/ociVersion"),
        (r#"{"ociVersion": "1.0.0", "linux": []}"#, "/linux"),
        (r#"{"ociVersion": "1.0.0", "linux": {"namespaces": {}}}"#, "/linux/namespaces"),
        (r#"{"ociVersion": "1.0.0", "linux": {"namespaces": [{"type": 1}]}}"#, "/linux/namespaces/0/type"),
        (r#"{"ociVersion": "1.0.0", "linux": {"seccomp": true}}"#, "/linux/seccomp"),
        (r#"{"ociVersion": "1.0.0", "linux": {"maskedPaths": {}}}"#, "/linux/maskedPaths"),
        (r#"{"ociVersion": "1.0.0", "linux": {"devices": ["/dev/kvm"]}}"#, "/linux/devices/0"),
        (
            r#"{"ociVersion": "1.0.0", "linux": {"resources": {"devices": [{"allow": "yes"}]}}}"#,
            "/linux/resources/devices/0/allow",
        ),
        (r#"{"ociVersion": "1.0.0", "process": {"capabilities": "ALL"}}"#, "/process/capabilities"),
        (
            r#"{"ociVersion": "1.0.0", "process": {"capabilities": {"bounding": {}}}}"#,
            "/process/capabilities/bounding",
        ),
        (r#"{"ociVersion": "1.0.0", "process": {"user": {"uid": "0"}}}"#, "/process/user/uid"),
        (r#"{"ociVersion": "1.0.0", "process": {"user": {"uid": 1.5}}}"#, "/process/user/uid"),
        (r#"{"ociVersion": "1.0.0", "process": {"noNewPrivileges": 1}}"#, "/process/noNewPrivileges"),
        (r#"{"ociVersion": "1.0.0", "mounts": [{"options": "ro"}, {"options": {}}]}"#, "/mounts/1/options"),
        (r#"{"ociVersion": "1.0.0", "annotations": []}"#, "/annotations"),
        (
            r#"{"ociVersion": "1.0.0", "linux": {"devices": [{"path": "/dev/x", "major": "8"}]}}"#,
            "/linux/devices/0/major",
        ),
    ];
    for (text, pointer) in cases {
        let error = refused(text);
        assert_eq!(
            (error.kind(), error.pointer()),
            (ErrorKind::InvalidLaunch, Some(pointer)),
            "{text}: {error}"
        );
        assert_eq!(error.code(), "wrong_type", "{text}");
        assert!(error.position().is_some(), "{text}");
    }
    for text in [
        r#"{"ociVersion": "1.0.0", "linux": {}, "Linux": {}}"#,
        r#"{"ociVersion": "1.0.0", "linux": {"maskedPaths": [], "maskedpaths": ["/proc/kcore"]}}"#,
        r#"{"ociVersion": "1.0.0", "process": {"user": {"uid": 0, "uid": 1}}}"#,
    ] {
        assert_eq!(refused(text).code(), "duplicate_key", "{text}");
    }
}

#[test]
fn a_plain_container_configuration_asks_for_nothing() {
    let launch = read("cri-container-plain");
    let document = launch.document();
    // `privileged` and `capabilities` stand where no runtime looks for them.
    assert!(asked(document).is_empty(), "{:?}", asked(document));
    assert_eq!(document.image.reference.as_deref(), Some("registry.example.com/shop/cart:1.4.2"));
    assert_eq!(document.image.id.as_deref(), Some(ID));
    assert_eq!(document.container.name.as_deref(), Some("cart"));
    assert_eq!(document.container.command, ["/app/cart", "--password", "***"]);
    assert_eq!(document.container.environment, ["PATH", "TOKEN"]);
    assert_eq!(document.container.user.as_deref(), Some("1000"));
    assert_eq!(document.container.mounts, ["registry.example.com/shop/data:1:/data:ro"]);
    assert_eq!(document.pod.name.as_deref(), Some("cart-5d9c"));
    assert!(!launch.to_json().contains("invented"));
}

#[test]
fn a_dangerous_container_configuration_hides_nothing() {
    let launch = read("cri-container-dangerous");
    assert_eq!(
        told(&launch),
        [
            "privileged",
            "capability:SYS_ADMIN",
            "capability:NET_ADMIN",
            "host_pid",
            "host_ipc",
            "host_network",
            "host_user",
            "seccomp_unconfined",
            "apparmor_unconfined",
            "~selinux_disabled",
            "unmasked_paths",
            "host_path:/",
            "device:/dev/fuse",
            "~device:vendor.com/gpu=0",
            "~device:vendor.com/nic=a",
            "~device:vendor.com/nic=b",
            "run_as_root",
            "new_privileges"
        ]
    );
    let document = launch.document();
    assert_eq!(document.image.reference.as_deref(), Some("registry.example.com/agent:1"));
    assert!(document.image.digest.as_deref().unwrap().ends_with("06566"));
    assert_eq!(document.container.devices[0], "/dev/fuse:/dev/fuse:rwm");
    assert_eq!(
        told(&read("cri-container-of-2017")),
        [
            "host_pid",
            "host_network",
            "seccomp_unconfined",
            "apparmor_unconfined",
            "run_as_root",
            "new_privileges"
        ]
    );
    assert_eq!(read("cri-container-of-2017").document().image.reference.as_deref(), Some("redis:latest"));
}

fn cri(rest: &str) -> String {
    format!(r#"{{"metadata": {{"name": "a"}}, "image": {{"image": "alpine"}}, {rest}}}"#)
}

fn in_context(members: &str) -> String {
    cri(&format!(r#""linux": {{"security_context": {{"no_new_privs": true, {members}}}}}"#))
}

#[test]
fn modes_users_and_profiles_of_a_security_context() {
    let cases: [(&str, &[&str]); 19] = [
        (r#""namespace_options": {"pid": 0, "ipc": 1, "network": 3}"#, &[]),
        (r#""namespace_options": {"pid": "NODE", "ipc": "POD"}"#, &["host_pid"]),
        (r#""namespaceOptions": {"network": 2, "hostIpc": true}"#, &["host_ipc", "host_network"]),
        (r#""namespace_options": {"pid": 3, "target_id": "abc"}"#, &[]),
        (r#""namespace_options": {"userns_options": {"mode": 2}}"#, &["host_user"]),
        (r#""namespace_options": {"host_pid": true, "pid": 0}"#, &["host_pid"]),
        (r#""run_as_user": {"value": 0}"#, &["run_as_root"]),
        (r#""run_as_user": {}"#, &["run_as_root"]),
        (r#""run_as_user": {"value": "0"}"#, &["run_as_root"]),
        (r#""run_as_user": null"#, &[]),
        (r#""run_as_username": "daemon""#, &[]),
        (r#""run_as_username": "00""#, &["run_as_root"]),
        (r#""seccomp": {}, "seccomp_profile_path": "unconfined""#, &[]),
        (r#""seccomp": {"profile_type": "Unconfined"}"#, &["seccomp_unconfined"]),
        (r#""seccomp_profile_path": "localhost/x", "apparmor_profile": "runtime/default""#, &[]),
        (r#""readonly_paths": ["/proc/sys"]"#, &["unmasked_paths"]),
        (
            r#""capabilities": {"add_capabilities": ["ALL"], "drop_capabilities": ["ALL"]}"#,
            &["capability:ALL"],
        ),
        (r#""Privileged": true"#, &["privileged"]),
        (r#""no_new_privs_x": 1"#, &[]),
    ];
    for (members, expected) in cases {
        assert_eq!(facts(&in_context(members)), expected, "{members}");
    }
    assert_eq!(facts(&cri(r#""linux": {}"#)), ["new_privileges"]);
    assert!(
        facts(&cri(r#""windows": {"security_context": {"run_as_username": "ContainerUser"}}"#)).is_empty()
    );
    let host_process = cri(r#""windows": {"security_context": {"host_process": true}}"#);
    assert_eq!(facts(&host_process), ["~privileged", "~host_network"]);
}

#[test]
fn a_placeholder_in_a_place_that_counts_is_an_error_there() {
    let error = parse(&fixture("cri-container-template"), &Options::default()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidLaunch, "placeholder"));
    assert_eq!(error.pointer(), Some("/image/image"));
    assert_eq!(
        error.to_string(),
        "line 1 column 54: /image/image: `%VALUE%` is a placeholder of a template: fill it in"
    );
    let cases = [
        (
            in_context(r#""namespace_options": {"pid": "%pidmode%"}"#),
            "/linux/security_context/namespace_options/pid",
        ),
        (in_context(r#""privileged": "%VALUE%""#), "/linux/security_context/privileged"),
        (in_context(r#""apparmor_profile": "%VALUE%""#), "/linux/security_context/apparmor_profile"),
        (
            in_context(r#""capabilities": {"add_capabilities": ["KILL", "%CAP%"]}"#),
            "/linux/security_context/capabilities/add_capabilities/1",
        ),
        (cri(r#""mounts": [{"host_path": "${DIR}/x"}]"#), "/mounts/0/host_path"),
        (cri(r#""linux": "%LINUX%""#), "/linux"),
    ];
    for (text, pointer) in cases {
        let error = refused(&text);
        assert_eq!((error.code(), error.pointer()), ("placeholder", Some(pointer)), "{text}");
        assert!(error.position().is_some());
    }
    // Elsewhere it does no harm.
    assert_eq!(facts(&cri(r#""log_path": "%LOG%", "args": ["%A%", "100%"]"#)), ["new_privileges"]);
}

#[test]
fn a_wrong_value_of_a_container_configuration_is_shown_where_it_stands() {
    let cases = [
        (in_context(r#""privileged": "true""#), "wrong_type", "/linux/security_context/privileged"),
        (
            in_context(r#""namespace_options": {"pid": 4}"#),
            "invalid_value",
            "/linux/security_context/namespace_options/pid",
        ),
        (
            in_context(r#""namespace_options": {"pid": "node"}"#),
            "wrong_type",
            "/linux/security_context/namespace_options/pid",
        ),
        (in_context(r#""run_as_user": 0"#), "wrong_type", "/linux/security_context/run_as_user"),
        (in_context(r#""capabilities": []"#), "wrong_type", "/linux/security_context/capabilities"),
        (
            in_context(r#""maskedPaths": ["a"], "masked_paths": []"#),
            "duplicate_key",
            "/linux/security_context/maskedPaths",
        ),
        (
            in_context(r#""privileged": false, "Privileged": true"#),
            "duplicate_key",
            "/linux/security_context/Privileged",
        ),
        (cri(r#""mounts": {}"#), "wrong_type", "/mounts"),
        (cri(r#""mounts": [{"host_path": "../etc"}]"#), "relative_path", "/mounts/0/host_path"),
        (cri(r#""devices": [{}]"#), "missing_field", "/devices/0"),
        (cri(r#""envs": [{"key": 1}]"#), "wrong_type", "/envs/0/key"),
        (r#"{"metadata": {}, "image": {"image": "a b"}}"#.to_owned(), "invalid_name", "/image/image"),
    ];
    for (text, code, pointer) in cases {
        let error = refused(&text);
        assert_eq!((error.code(), error.pointer()), (code, Some(pointer)), "{text}: {error}");
        assert_eq!(error.kind(), ErrorKind::InvalidLaunch, "{text}");
    }
    let error = parse(br#"{"metadata": {}, "image": {}}"#, &Options::default()).unwrap_err();
    assert_eq!((error.code(), error.pointer()), ("missing_identity", Some("/image")));
}

#[test]
fn a_sandbox_configuration_is_no_launch() {
    let error = parse(&fixture("other-cri-sandbox"), &named()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unknown_format"));
    assert!(error.to_string().contains("pause container"), "{error}");
    let options = named().with_format("cri".parse().unwrap());
    let error = parse(&fixture("other-cri-sandbox"), &options).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unknown_format"));
    let yaml = b"metadata:\n  name: a\nlog_directory: /tmp\n";
    let error = parse(yaml, &named()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unknown_format"));
    assert!(error.to_string().contains("a CRI sandbox configuration in YAML"), "{error}");
}

#[test]
fn a_container_configuration_in_yaml() {
    let path = format!("{}/../testdata/launches/cri-container-sidecar.yaml", env!("CARGO_MANIFEST_DIR"));
    let launch = parse(&std::fs::read(path).unwrap(), &Options::default()).unwrap();
    assert_eq!(told(&launch), ["capability:SYS_PTRACE", "host_pid", "host_path:/var/log", "run_as_root"]);
    let document = launch.document();
    assert_eq!(document.image.reference.as_deref(), Some("registry.example.com/agent:1"));
    assert_eq!(
        (document.container.name.as_deref(), &document.container.environment[..]),
        (Some("agent"), &["TOKEN".to_owned()][..])
    );
    let start = "metadata: {name: a}\nimage: {image: a:1}\n";
    assert_eq!(facts(start), ["new_privileges"]);
    for (rest, code) in [
        ("linux: {security_context: {privileged: yes}}\n", "wrong_type"),
        ("linux: {}\nlinux: {}\n", "duplicate_key"),
        ("mounts: [{host_path: '%PATH%'}]\n", "placeholder"),
        ("---\nmetadata: {name: b}\nimage: {image: b:1}\n", "several_documents"),
        ("linux: {security_context: {\n", "syntax"),
    ] {
        assert_eq!(refused(&format!("{start}{rest}")).code(), code, "{rest}");
    }
    // A pod that hides what it is, and the same named as what it is not.
    for hidden in [
        "\"k\\u0069nd\": Pod\n\"\\u0061piVersion\": v1\n\"s\\u0070ec\": {hostPID: true}\n",
        "? spec\n: {hostPID: true}\n",
        "<<: {kind: Pod}\n",
        "Spec: {hostPID: true}\n",
    ] {
        assert_eq!(refused(&format!("{start}{hidden}")).code(), "unknown_format", "{hidden}");
    }
    let named = Options::default().with_format("cri".parse().unwrap());
    let pod = format!("{start}kind: Pod\napiVersion: v1\nspec: {{hostPID: true}}\n");
    assert_eq!(parse(pod.as_bytes(), &named).unwrap_err().code(), "unknown_format");
    // Not a pod that has an image by chance.
    assert_eq!(refused(&format!("{start}kind: Pod\napiVersion: v1\n")).code(), "missing_field");
}
