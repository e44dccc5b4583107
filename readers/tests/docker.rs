//! What is read of Docker's launches, fact by fact.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod facts_support;

use facts_support::asked;
use imagegate::{ErrorKind, Launch, LaunchImage};
use imagegate_readers::launch::{Format, Options, formats, parse, parse_all};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../testdata/launches/{name}.json", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[track_caller]
fn read(name: &str) -> Launch {
    parse(&fixture(name), &Options::default()).unwrap()
}

fn named(reference: &str) -> Options {
    Options::default()
        .with_image(LaunchImage { reference: Some(reference.to_owned()), ..LaunchImage::default() })
}

#[test]
fn an_ordinary_container_asks_for_nothing() {
    let launch = read("docker-create-plain");
    let document = launch.document();
    assert!(asked(document).is_empty(), "{:?}", asked(document));
    assert_eq!(document.image.reference.as_deref(), Some("nginx:1.27"));
    assert_eq!(document.container.command, ["/docker-entrypoint.sh", "nginx", "-g", "daemon off;"]);
    assert_eq!(document.container.environment, ["PATH", "API_TOKEN", "EMPTY"]);
    assert_eq!(document.container.user.as_deref(), Some("101"));
    assert_eq!(document.container.mounts, ["html:/usr/share/nginx/html:ro", "tmpfs:/tmp"]);
    assert_eq!(document.container.ports, ["80/tcp", "443/tcp"]);
    assert!(!launch.to_json().contains("invented"));
}

#[test]
fn a_dangerous_container_hides_nothing() {
    let launch = read("docker-create-dangerous");
    let document = launch.document();
    assert_eq!(
        asked(document),
        [
            "privileged",
            "capability:SYS_ADMIN",
            "capability:NET_ADMIN",
            "capability:ALL",
            "host_pid",
            "host_ipc",
            "host_network",
            "host_uts",
            "host_user",
            "host_cgroup",
            "host_path:/",
            "host_path:/var/run/docker.sock",
            "host_path:/etc/kubernetes",
            "device:/dev/sda",
            "device:gpu",
            "device:c 10:* rwm",
            "seccomp_unconfined",
            "apparmor_unconfined",
            "selinux_disabled",
            "unmasked_paths",
            "host_port",
            "run_as_root",
            "new_privileges",
        ]
    );
    assert_eq!(document.inferred, ["device:gpu", "device:c 10:* rwm"]);
    assert_eq!(document.container.devices, ["/dev/sda:/dev/sda:rwm", "gpu", "c 10:* rwm"]);
    assert_eq!(document.container.ports, ["0.0.0.0:2222:22/tcp"]);
    assert_eq!(
        document.container.mounts,
        ["/:/host:rw", "/var/run/docker.sock:/var/run/docker.sock", "/etc/kubernetes:/k:ro"]
    );
}

#[test]
fn a_request_without_host_config_is_ordinary_today_and_unknown_of_old() {
    assert_eq!(asked(read("docker-create-minimal").document()), ["new_privileges"]);
    let error = parse(&fixture("docker-create-of-old"), &Options::default()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidLaunch, "missing_host_config"));
    assert!(error.to_string().contains("`PortSpecs`") || error.to_string().contains("`Memory`"), "{error}");
    assert_eq!(
        asked(read("docker-create-top-level").document()),
        ["privileged", "host_path:/etc", "new_privileges"]
    );
}

#[test]
fn a_privilege_at_the_top_level_counts_beside_a_host_config() {
    let body =
        br#"{"Image": "a", "Privileged": true, "SecurityOpt": ["no-new-privileges"], "HostConfig": {}}"#;
    let launch = parse(body, &Options::default()).unwrap();
    // The daemon takes security options from the `HostConfig` alone.
    assert_eq!(asked(launch.document()), ["privileged", "new_privileges"]);
}

#[test]
fn names_are_read_as_go_reads_them() {
    assert_eq!(
        asked(read("docker-create-folded").document()),
        ["privileged", "host_pid", "host_network", "host_path:/", "new_privileges"]
    );
    let error = parse(&fixture("docker-create-duplicate"), &Options::default()).unwrap_err();
    assert_eq!((error.code(), error.pointer()), ("duplicate_key", Some("/hostConfig")));
    for body in [
        r#"{"Image": "a", "HostConfig": {"Privileged": true, "Privileged": false}}"#,
        r#"{"Image": "a", "HostConfig": {"Privileged": true, "Privileged": null}}"#,
        r#"{"Image": "a", "HostConfig": {"CapAdd": ["ALL"], "capadd": []}}"#,
        r#"{"Image": "a", "image": "b", "HostConfig": {}}"#,
        r#"{"Image": "a", "User": "0", "user": "1", "HostConfig": {}}"#,
    ] {
        let error = parse(body.as_bytes(), &Options::default()).unwrap_err();
        assert_eq!(error.code(), "duplicate_key", "{body}");
    }
}

#[test]
fn a_wrong_value_is_shown_where_it_stands() {
    let cases = [
        (r#"{"Image": "a b", "HostConfig": {}}"#, "invalid_name", "/Image"),
        (r#"{"Image": "a", "HostConfig": {"Privileged": "yes"}}"#, "wrong_type", "/HostConfig/Privileged"),
        (r#"{"Image": "a", "hostconfig": {"capAdd": [1]}}"#, "wrong_type", "/hostconfig/capAdd/0"),
        (r#"{"Image": 1, "HostConfig": {}}"#, "wrong_type", "/Image"),
        (r#"{"Image": "a", "Env": [{}], "HostConfig": {}}"#, "wrong_type", "/Env/0"),
        (
            r#"{"Image": "zz", "Config": {"Image": "x"}, "State": {}, "HostConfig": {}}"#,
            "invalid_id",
            "/Image",
        ),
        (r#"[{"Id": "1", "HostConfig": {"PidMode": 1}}]"#, "wrong_type", "/0/HostConfig/PidMode"),
    ];
    for (text, code, pointer) in cases {
        let error = parse(text.as_bytes(), &Options::default()).unwrap_err();
        assert_eq!((error.code(), error.pointer()), (code, Some(pointer)), "{text}: {error}");
        assert_eq!(error.kind(), ErrorKind::InvalidLaunch, "{text}");
        assert!(error.position().is_some(), "{text}");
    }
}

#[test]
fn windows_paths_keep_their_drive() {
    assert_eq!(
        asked(read("docker-create-windows").document()),
        ["host_path:c:/windows", r"host_path:\\.\pipe\docker_engine", "new_privileges"]
    );
}

#[test]
fn a_start_request_needs_its_image_named() {
    let error = parse(&fixture("docker-start"), &Options::default()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidLaunch, "missing_identity"));
    let launch = parse(&fixture("docker-start"), &named("alpine:3.20")).unwrap();
    assert_eq!(
        asked(launch.document()),
        ["capability:NET_ADMIN", "host_path:/srv", "host_port", "new_privileges"]
    );
}

#[test]
fn inspections_of_several_containers() {
    let error = parse(&fixture("docker-inspect-two"), &Options::default()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidLaunch, "several_launches"));
    assert!(error.to_string().contains("`parse_all`"));
    let launches = parse_all(&fixture("docker-inspect-two"), &Options::default()).unwrap();
    let [cart, db] = launches.as_slice() else { panic!("two launches") };
    let document = cart.document();
    assert_eq!(
        asked(document),
        [
            "host_path:/run/containerd",
            "host_path:/old/bind",
            "apparmor_unconfined",
            "run_as_root",
            "new_privileges"
        ]
    );
    assert_eq!(document.inferred, ["host_path:/old/bind", "run_as_root"]);
    assert_eq!(document.container.name.as_deref(), Some("cart"));
    assert_eq!(document.container.command, ["/app/cart", "--password", "***"]);
    assert_eq!(document.container.environment, ["TOKEN"]);
    assert_eq!(
        document.container.mounts,
        ["/run/containerd:/run/containerd:ro", "data:/data", "/old/bind:/o", "old:/v"]
    );
    assert_eq!(document.image.reference.as_deref(), Some("registry.example.com/shop/cart:1.4.2"));
    assert!(document.image.id.as_deref().unwrap().starts_with("sha256:b7c6"));
    assert!(asked(db.document()).is_empty());
    assert!(db.document().image.id.as_deref().unwrap().starts_with("sha256:4300"));
    assert!(!cart.to_json().contains("invented"));
}

#[test]
fn an_inspection_without_host_config_is_unknown_and_refused() {
    let error = parse(&fixture("docker-inspect-without-host-config"), &Options::default()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidLaunch, "missing_host_config"));
    let in_array = br#"[{"Id": "a", "State": {}, "Config": {"Image": "x"}, "HostConfig": {}}, {"Id": "b"}]"#;
    let error = parse_all(in_array, &Options::default()).unwrap_err();
    assert_eq!((error.code(), error.pointer()), ("missing_host_config", Some("/1")));
}

#[test]
fn the_image_is_completed_and_never_replaced() {
    let id = "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";
    let with_id = |id: &str| {
        Options::default().with_image(LaunchImage { id: Some(id.to_owned()), ..LaunchImage::default() })
    };
    let launch = parse(&fixture("docker-create-minimal"), &with_id(id)).unwrap();
    assert_eq!(launch.document().image.reference.as_deref(), Some("alpine"));
    assert_eq!(launch.document().image.id.as_deref(), Some(id));
    let by_id = format!(r#"{{"Image": "{id}", "HostConfig": {{}}}}"#);
    assert!(parse(by_id.as_bytes(), &with_id(&id.to_uppercase().replace("SHA256", "sha256"))).is_ok());
    let error = parse(by_id.as_bytes(), &with_id(&"0".repeat(64))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ImageMismatch);
    let own = parse(&fixture("imagegate-launch"), &with_id(id)).unwrap();
    assert_eq!(own.document().image.id.as_deref(), Some(id));
    let other_digest =
        LaunchImage { digest: Some(format!("sha256:{}", "0".repeat(64))), ..LaunchImage::default() };
    let options = Options::default().with_image(other_digest);
    assert_eq!(
        parse(&fixture("docker-create-dangerous"), &options).unwrap_err().kind(),
        ErrorKind::ImageMismatch
    );
}

#[test]
fn what_is_no_launch_is_refused_and_told_apart() {
    for (name, what) in [
        ("other-docker-ps", "a list of containers"),
        ("other-docker-image", "`docker inspect` of an image"),
        ("other-docker-network", "`docker inspect` of a network"),
        ("other-docker-volume", "`docker inspect` of a volume"),
        ("other-docker-service", "a node, service or other Swarm object"),
        ("other-docker-nothing", "an empty array"),
        ("other-kubernetes-service", "a Kubernetes object of kind `Service`"),
        ("other-oci-state", "the state of a container"),
        ("other-oci-of-2015", "an OCI runtime configuration of before 1.0"),
        ("other-cri-sandbox", "a CRI sandbox configuration"),
    ] {
        for options in [Options::default(), named("alpine")] {
            let error = parse_all(&fixture(name), &options).unwrap_err();
            assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unknown_format"), "{name}");
            assert!(error.to_string().contains(what), "{error}");
        }
        for format in formats() {
            assert!(
                parse_all(&fixture(name), &named("alpine").with_format(format)).is_err(),
                "{name} as {format}"
            );
        }
    }
    let report = parse(br#"{"SchemaVersion": 2, "Results": []}"#, &named("alpine")).unwrap_err();
    assert!(report.to_string().contains("a Trivy report"), "{report}");
    let empty =
        parse_all(b"[]", &Options::default().with_format("docker-inspect".parse().unwrap())).unwrap_err();
    assert_eq!((empty.kind(), empty.code()), (ErrorKind::InvalidLaunch, "no_launch"));
}

#[test]
fn a_document_of_two_formats_is_nobodys() {
    let both = br#"{"version": 1, "image": {"reference": "a"}, "privileges": [], "HostConfig": {"Privileged": true}}"#;
    let error = parse(both, &Options::default()).unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "ambiguous_format"));
}

#[test]
fn formats_have_names() {
    let names: Vec<_> = formats().map(Format::as_str).collect();
    assert_eq!(
        names,
        [
            "imagegate",
            "docker-create",
            "docker-inspect",
            "docker-service",
            "oci-runtime",
            "cri",
            "kubernetes",
            "admission"
        ]
    );
    assert_eq!("docker".parse::<Format>().unwrap_err().code(), "unknown_format");
}
