//! The words in which Pod Security speaks of a request, in every format that can say them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod facts_support;

use facts_support::is_word_of_pods;
use imagegate::LaunchImage;
use imagegate_readers::launch::{Options, parse_all};

/// The words of each container of a document.
#[track_caller]
fn words(text: &str) -> Vec<Vec<String>> {
    let reference = Some("registry.example.com/a:1".to_owned());
    let named = Options::default().with_image(LaunchImage { reference, ..LaunchImage::default() });
    let launches = parse_all(text.as_bytes(), &named).unwrap_or_else(|error| panic!("{error}: {text}"));
    let of_one = |launch: &imagegate::Launch| {
        launch.document().privileges.iter().filter(|fact| is_word_of_pods(fact)).cloned().collect()
    };
    launches.iter().map(of_one).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(words(text), [expected], "{text}");
}

/// A pod of one container, which says all that may be asked of it but for what the parts say.
fn pod(spec: &str, container: &str, context: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{{spec} containers: [{{name: c, image: 'a:1', {container} \
         securityContext: {{{context}}} }}]}}\n"
    )
}

const CONFINED: &str =
    "runAsNonRoot: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault},";

#[test]
fn a_pod_that_says_nothing_and_one_that_says_all() {
    check(&pod("", "", ""), &["seccomp_unset", "root_not_refused", "capabilities_not_dropped"]);
    check(&pod("", "", CONFINED), &[]);
    // The pod says it for all its containers.
    let of_pod =
        "securityContext: {runAsNonRoot: true, seccompProfile: {type: Localhost, localhostProfile: a}},";
    check(&pod(of_pod, "", "capabilities: {drop: [all]}"), &[]);
    // A container's own word counts.
    check(&pod(of_pod, "", "runAsNonRoot: false, capabilities: {drop: [ALL]}"), &["root_not_refused"]);
    // A user is no requirement.
    check(&pod("", "", &CONFINED.replace("runAsNonRoot: true", "runAsUser: 1000")), &["root_not_refused"]);
    // Annotations are a word for seccomp, too.
    let annotated = pod("", "", &CONFINED.replace("seccompProfile: {type: RuntimeDefault},", ""));
    check(&annotated, &["seccomp_unset"]);
    let annotation =
        "metadata: {annotations: {seccomp.security.alpha.kubernetes.io/pod: runtime/default}, name: a}";
    check(&annotated.replace("metadata: {name: a}", annotation), &[]);
    // Windows knows neither capabilities nor seccomp.
    check(&pod("os: {name: windows},", "", ""), &["root_not_refused"]);
}

#[test]
fn capabilities_of_a_pod() {
    for (drop, is_dropped) in
        [("[ALL]", true), ("[all]", true), ("[NET_RAW]", false), ("[]", false), ("[NET_RAW, ALL]", true)]
    {
        let text = pod("", "", &CONFINED.replace("[ALL]", drop));
        let expected: &[&str] = if is_dropped { &[] } else { &["capabilities_not_dropped"] };
        check(&text, expected);
    }
    let add =
        |names: &str| pod("", "", &CONFINED.replace("drop: [ALL]", &format!("drop: [ALL], add: [{names}]")));
    check(
        &add("NET_RAW, chown, CAP_SYS_ADMIN"),
        &["capability_added:NET_RAW", "capability_added:chown", "capability_added:CAP_SYS_ADMIN"],
    );
    // All are added: none is dropped.
    check(&add("ALL"), &["capability_added:ALL", "capabilities_not_dropped"]);
}

#[test]
fn labels_parameters_and_probes_of_a_pod() {
    let options = "seLinuxOptions: {type: spc_t, user: u, role: r, level: 's0:c1'}";
    let all = ["selinux_user:u", "selinux_role:r", "selinux_type:spc_t"];
    check(&pod("", "", &format!("{CONFINED} {options}")), &all);
    check(&pod(&format!("securityContext: {{{options}}},"), "", CONFINED), &all);
    // What the container overrides was asked for still.
    check(
        &pod(
            &format!("securityContext: {{{options}}},"),
            "",
            &format!("{CONFINED} seLinuxOptions: {{type: t}}"),
        ),
        &["selinux_type:t", "selinux_user:u", "selinux_role:r", "selinux_type:spc_t"],
    );
    let sysctls = "securityContext: {sysctls: [{name: kernel.sem, value: '1'}, {name: net.core.somaxconn, value: '2'}]},";
    check(&pod(sysctls, "", CONFINED), &["sysctl:kernel.sem", "sysctl:net.core.somaxconn"]);
    for (handler, is) in [
        ("livenessProbe: {httpGet: {host: 10.0.0.1, port: 80}},", true),
        ("readinessProbe: {tcpSocket: {host: example.com, port: 80}},", true),
        ("startupProbe: {httpGet: {host: 127.0.0.1, port: 80}},", true),
        ("lifecycle: {postStart: {httpGet: {host: a, port: 80}}},", true),
        ("lifecycle: {preStop: {tcpSocket: {host: a, port: 80}}},", true),
        ("livenessProbe: {httpGet: {port: 80}}, readinessProbe: {tcpSocket: {host: '', port: 80}},", false),
        ("livenessProbe: {exec: {command: [a]}},", false),
    ] {
        let expected: &[&str] = if is { &["probe_host"] } else { &[] };
        check(&pod("", handler, CONFINED), expected);
    }
}

#[test]
fn volumes_of_a_pod() {
    let spec = "volumes: [{name: a, configMap: {name: x}}, {name: b, hostPath: {path: /b}}, {name: c, nfs: {server: s, path: /}}, \
                {name: d}, {name: e, secret: null, image: {reference: x}}],";
    let mounts = "volumeMounts: [{name: a, mountPath: /a}, {name: d, mountPath: /d}], volumeDevices: [{name: e, devicePath: /e}],";
    let text = pod(spec, mounts, CONFINED);
    let text = text.replace(
        "containers: [",
        "containers: [{name: other, image: 'b:1', securityContext: {runAsNonRoot: true, \
                             capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}}, ",
    );
    let unmounted = ["volume:hostPath", "volume:nfs"];
    let [other, own] = words(&text).try_into().unwrap();
    assert_eq!(other, unmounted, "what nobody mounts is of all");
    assert_eq!(own, ["volume:configMap", "volume:emptyDir", "volume:image", "volume:hostPath", "volume:nfs"]);
}

#[test]
fn requests_to_docker() {
    let create = |rest: &str, host: &str| format!(r#"{{"Image": "a:1"{rest}, "HostConfig": {{{host}}}}}"#);
    check(&create("", ""), &["capabilities_not_dropped", "root_not_refused"]);
    let dropped = r#""CapDrop": ["ALL"]"#;
    check(&create(r#", "User": "app""#, dropped), &[]);
    for user in ["0", "root", "0:0", ":1", ""] {
        check(&create(&format!(r#", "User": "{user}""#), dropped), &["root_not_refused"]);
    }
    check(
        &create(
            r#", "User": "1""#,
            r#""CapDrop": ["all"], "CapAdd": ["NET_RAW"], "Sysctls": {"kernel.sem": "1"},
            "SecurityOpt": ["label=type:a_t", "label:user:u", "label=role:r", "label=level:s0"]"#,
        ),
        &[
            "capability_added:NET_RAW",
            "selinux_type:a_t",
            "selinux_user:u",
            "selinux_role:r",
            "sysctl:kernel.sem",
        ],
    );
    check(&create(r#", "User": "1""#, r#""CapDrop": ["NET_RAW"]"#), &["capabilities_not_dropped"]);
    check(
        &create(r#", "User": "1""#, r#""CapDrop": ["ALL"], "CapAdd": ["ALL"]"#),
        &["capability_added:ALL", "capabilities_not_dropped"],
    );
    // Of two places the `HostConfig` is in force.
    check(&create(r#", "User": "1", "CapDrop": ["ALL"]"#, ""), &["capabilities_not_dropped"]);
    let inspected = r#"[{"Id": "a", "Config": {"Image": "a:1"}, "HostConfig": {"CapDrop": ["ALL"]}}]"#;
    check(inspected, &["root_not_refused"]);
}

#[test]
fn configurations_of_runtimes() {
    let oci = |process: &str, linux: &str| {
        format!(
            r#"{{"ociVersion": "1.2.0", "process": {{"user": {{"uid": 1}}{process}}}, "linux": {{"x": 1{linux}}}}}"#
        )
    };
    check(&oci("", ""), &[]);
    check(&oci(r#", "capabilities": {"bounding": ["CAP_NET_BIND_SERVICE"]}"#, ""), &[]);
    for set in ["bounding", "effective", "permitted", "inheritable", "ambient"] {
        let text = oci(&format!(r#", "capabilities": {{"{set}": ["CAP_CHOWN"]}}"#), "");
        check(&text, &["capabilities_not_dropped"]);
    }
    check(&oci("", "").replace(r#""uid": 1"#, r#""uid": 0"#), &["root_not_refused"]);
    check(
        &oci(r#", "selinuxLabel": "system_u:system_r:container_t:s0:c1,c2""#, ""),
        &["selinux_type:container_t"],
    );
    check(
        &oci(r#", "selinuxLabel": "u:r:t:s0""#, r#", "sysctl": {"net.core.somaxconn": "1"}"#),
        &["selinux_user:u", "selinux_role:r", "selinux_type:t", "sysctl:net.core.somaxconn"],
    );
    let cri = |context: &str| {
        format!(
            r#"{{"metadata": {{"name": "a"}}, "image": {{"image": "a:1"}}, "linux": {{"security_context": {{{context}}}}}}}"#
        )
    };
    check(&cri(""), &["capabilities_not_dropped", "seccomp_unset", "root_not_refused"]);
    let confined = r#""run_as_user": {"value": 1}, "capabilities": {"drop_capabilities": ["ALL"]}, "seccomp": {"profile_type": 0}"#;
    check(&cri(confined), &[]);
    let by_path = r#""run_as_username": "app", "seccomp_profile_path": "runtime/default", "capabilities": {"drop_capabilities":
        ["ALL"], "add_capabilities": ["NET_RAW"]}, "selinux_options": {"user": "u", "role": "r", "type": "t", "level": "s0"}"#;
    check(&cri(by_path), &["capability_added:NET_RAW", "selinux_user:u", "selinux_role:r", "selinux_type:t"]);
    check(&cri(&confined.replace(r#""value": 1"#, "")), &["root_not_refused"]);
    let adds_all =
        confined.replace(r#""drop_capabilities""#, r#""add_capabilities": ["all"], "drop_capabilities""#);
    check(&cri(&adds_all), &["capability_added:all", "capabilities_not_dropped"]);
}

#[test]
fn what_a_pod_multiplies_is_bounded() {
    let containers = |count: usize| {
        let one = "{name: c, image: 'a:1'},";
        format!("containers: [{}]", one.repeat(count))
    };
    let sysctls = "{name: kernel.sem, value: '1'},".repeat(200);
    let text = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{securityContext: {{sysctls: [{sysctls}]}}, {}}}\n",
        containers(60)
    );
    let error = parse_all(text.as_bytes(), &Options::default()).unwrap_err();
    assert_eq!(error.code(), "too_many_facts", "{error}");
    let sources: String = (0..20).map(|number| format!("s{number}: {{}},")).collect();
    let text = pod(&format!("volumes: [{{name: a, {sources}}}],"), "", CONFINED);
    let error = parse_all(text.as_bytes(), &Options::default()).unwrap_err();
    assert_eq!((error.code(), error.pointer()), ("invalid_value", Some("/spec/volumes/0")), "{error}");
}
