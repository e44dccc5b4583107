//! What is read of Kubernetes objects, fact by fact.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test may panic"
)]

mod facts_support;

use facts_support::asked;
use imagegate::{ContainerKind, Error, ErrorKind, Launch, LaunchImage};
use imagegate_readers::launch::{Options, parse, parse_all};

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../testdata/launches/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[track_caller]
fn all(text: &str) -> Vec<Launch> {
    parse_all(text.as_bytes(), &Options::default()).unwrap()
}

#[track_caller]
fn refused(text: &str) -> Error {
    parse_all(text.as_bytes(), &Options::default()).unwrap_err()
}

/// The facts, with `~` before inferred ones.
fn told(launch: &Launch) -> Vec<String> {
    let document = launch.document();
    let mark = |fact: &String| match document.inferred.contains(fact) {
        true => format!("~{fact}"),
        false => fact.clone(),
    };
    asked(document).iter().map(mark).collect()
}

/// A pod whose one container asks for nothing but what the parts add to it, as YAML in one line.
fn pod(spec: &str, container: &str, context: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{{spec} containers: [{{name: c, image: 'a:1', {container} \
         securityContext: {{allowPrivilegeEscalation: false, {context} }} }}]}}\n"
    )
}

#[track_caller]
fn check(spec: &str, container: &str, context: &str, expected: &[&str]) {
    let text = pod(spec, container, context);
    assert_eq!(told(&all(&text)[0]), expected, "{text}");
}

#[test]
fn a_confined_pod_asks_for_nothing() {
    let launch = parse(&fixture("kubernetes-pod-plain.yaml"), &Options::default()).unwrap();
    let document = launch.document();
    assert!(asked(document).is_empty(), "{:?}", asked(document));
    assert_eq!(document.image.reference.as_deref(), Some("registry.example.com/shop/cart:1.4.2"));
    assert_eq!(document.container.name.as_deref(), Some("cart"));
    assert_eq!(document.container.kind, Some(ContainerKind::Main));
    assert_eq!(document.container.command, ["/app/cart", "--port", "8080", "--api-token", "***"]);
    assert_eq!(document.container.environment, ["API_TOKEN", "FROM_ELSEWHERE"]);
    assert_eq!(document.container.user.as_deref(), Some("1000"));
    assert_eq!(document.container.mounts, ["data:/data:ro"]);
    assert_eq!(document.container.ports, ["8080/tcp"]);
    assert_eq!(document.node.name.as_deref(), Some("node-7"));
    assert_eq!(document.pod.namespace.as_deref(), Some("shop"));
    assert_eq!(document.pod.name.as_deref(), Some("cart-5d9c"));
    assert!(!launch.to_json().contains("invented"));
}

#[test]
fn a_dangerous_workload_hides_nothing() {
    let launches = parse_all(&fixture("kubernetes-deployment-dangerous.yaml"), &Options::default()).unwrap();
    let names: Vec<_> = launches
        .iter()
        .map(|launch| {
            let container = &launch.document().container;
            (container.name.as_deref().unwrap(), container.kind.unwrap())
        })
        .collect();
    assert_eq!(
        names,
        [("setup", ContainerKind::Init), ("proxy", ContainerKind::Sidecar), ("agent", ContainerKind::Main)]
    );
    let namespaces = ["host_pid", "host_ipc", "host_network"];
    let with = |before: &[&'static str], after: &[&'static str]| [before, &namespaces, after].concat();
    assert_eq!(
        told(&launches[0]),
        with(&[], &["apparmor_unconfined", "~selinux_disabled", "unmasked_paths", "host_path:/etc"])
    );
    assert_eq!(
        told(&launches[1]),
        with(
            &[],
            &["seccomp_unconfined", "~selinux_disabled", "run_as_root", "new_privileges", "host_path:/etc"]
        )
    );
    assert_eq!(
        told(&launches[2]),
        with(
            &["privileged", "capability:SYS_ADMIN", "capability:ALL"],
            &[
                "seccomp_unconfined",
                "apparmor_unconfined",
                "~selinux_disabled",
                "run_as_root",
                "new_privileges",
                "host_path:/var/run/docker.sock",
                "host_path:/etc",
                "host_port",
            ]
        )
    );
    let agent = &launches[2].document().container;
    assert_eq!(agent.mounts, ["/var/run/docker.sock:/run/docker.sock"]);
    assert_eq!(agent.ports, ["9100:9100/udp"]);
    for launch in &launches {
        assert_eq!(launch.document().pod.name.as_deref(), Some("agent"));
        assert_eq!(launch.document().pod.namespace.as_deref(), Some("shop"));
    }
}

#[test]
fn lists_are_read_item_by_item() {
    let launches = parse_all(&fixture("kubernetes-list.json"), &Options::default()).unwrap();
    let told: Vec<_> =
        launches.iter().map(|launch| (launch.document().pod.name.clone().unwrap(), told(launch))).collect();
    let own = |list: &[&str]| list.iter().map(|fact| (*fact).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        told,
        [
            ("sweep".to_owned(), own(&["new_privileges", "host_port"])),
            ("debugged-".to_owned(), own(&["new_privileges"])),
            ("debugged-".to_owned(), own(&["capability:SYS_PTRACE", "run_as_root", "new_privileges"])),
        ]
    );
    assert_eq!(launches[0].document().container.ports, ["10.0.0.1:8080:80/tcp"]);
    assert_eq!(launches[2].document().container.kind, Some(ContainerKind::Ephemeral));
    // Items of a typed list do not say what they are.
    let list = "kind: PodList\napiVersion: v1\nitems:\n- spec: {containers: [{image: 'a:1'}]}\n";
    assert_eq!(all(list).len(), 1);
    assert_eq!(all(&format!("{list}- null\n")).len(), 1);
}

#[test]
fn whatever_makes_pods_is_read() {
    let spec = "spec: {containers: [{name: c, image: 'a:1', securityContext: {privileged: true}}]}";
    for (kind, inner) in [
        ("Pod", spec.to_owned()),
        ("PodTemplate", format!("template: {{{spec}}}")),
        ("CronJob", format!("spec: {{jobTemplate: {{spec: {{template: {{{spec}}}}}}}}}")),
        ("Deployment", format!("spec: {{template: {{{spec}}}}}")),
        ("DaemonSet", format!("spec: {{template: {{{spec}}}}}")),
        ("StatefulSet", format!("spec: {{template: {{{spec}}}}}")),
        ("ReplicaSet", format!("spec: {{template: {{{spec}}}}}")),
        ("Job", format!("spec: {{template: {{{spec}}}}}")),
        ("ReplicationController", format!("spec: {{template: {{{spec}}}}}")),
        ("DeploymentConfig", format!("spec: {{template: {{{spec}}}}}")),
        ("Rollout", format!("spec: {{template: {{{spec}}}}}")),
    ] {
        let text = format!("apiVersion: v1\nkind: {kind}\n{inner}\n");
        assert_eq!(told(&all(&text)[0]), ["privileged", "new_privileges"], "{kind}");
        // Without its pod it is a mistake, not a launch without privileges.
        if kind != "Rollout" {
            let error = refused(&format!("apiVersion: v1\nkind: {kind}\nspec: {{}}\n"));
            assert_eq!(error.code(), "missing_field", "{kind}: {error}");
        }
    }
}

#[test]
fn privileges_one_by_one() {
    check("", "", "", &[]);
    check("", "", "privileged: true", &["privileged"]);
    check(
        "",
        "",
        "capabilities: {add: [cap_sys_admin, CHOWN, chown, NET_RAW, BPF, '']}",
        &["capability:SYS_ADMIN", "capability:BPF"],
    );
    check("hostUsers: true,", "", "", &["host_user"]);
    check("hostUsers: false, hostPID: false,", "", "", &[]);
    check("", "", "procMount: Default", &[]);
    check("", "", "procMount: Unmasked", &["unmasked_paths"]);
    check("", "", "runAsUser: 0x0", &["run_as_root"]);
    check("securityContext: {runAsUser: 0},", "", "runAsUser: 7", &[]);
    check("securityContext: {runAsUser: 7},", "", "runAsUser: 0", &["run_as_root"]);
    check("securityContext: {runAsUser: 0},", "", "runAsUser: null", &["run_as_root"]);
    check("securityContext: {windowsOptions: {hostProcess: true}},", "", "", &["~privileged"]);
    // Of Windows' options a container replaces those that it gives, of SELinux' all.
    check(
        "securityContext: {windowsOptions: {hostProcess: true}},",
        "",
        "windowsOptions: {runAsUserName: a}",
        &["~privileged"],
    );
    check("securityContext: {seLinuxOptions: {type: spc_t}},", "", "seLinuxOptions: {level: 's0'}", &[]);
    check("securityContext: {seLinuxOptions: {type: spc_t}},", "", "", &["~selinux_disabled"]);
    check("", "", "seLinuxOptions: {type: container_t}", &[]);
    let text = pod("", "", "").replace("allowPrivilegeEscalation: false,", "");
    assert_eq!(told(&all(&text)[0]), ["new_privileges"]);
    assert_eq!(told(&all(&text.replace("spec: {", "spec: {os: {name: linux},"))[0]), ["new_privileges"]);
    assert!(told(&all(&text.replace("spec: {", "spec: {os: {name: windows},"))[0]).is_empty());
}

#[test]
fn ports_of_the_host() {
    check("", "ports: [{containerPort: 80}, {containerPort: 81, hostPort: 0}],", "", &[]);
    check("", "ports: [{containerPort: 80, hostPort: 80}],", "", &["host_port"]);
    check("hostNetwork: true,", "", "", &["host_network"]);
    check("hostNetwork: true,", "ports: [{containerPort: 80}],", "", &["host_network", "host_port"]);
}

#[test]
fn host_paths_belong_to_who_mounts_them_and_else_to_all() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {name: a, image: 'a:1', volumeMounts: [{name: one, mountPath: /x, subPath: y}]}\n  - {name: b, image: 'b:1'}\n  volumes:\n  - {name: one, hostPath: {path: /one}}\n  - {name: two, hostPath: {path: /two}}\n  - {name: none, emptyDir: {}}\n  - {name: gone, hostPath: null}\n";
    let launches = all(text);
    assert_eq!(told(&launches[0]), ["new_privileges", "host_path:/one", "host_path:/two"]);
    assert_eq!(told(&launches[1]), ["new_privileges", "host_path:/two"]);
    assert_eq!(refused(&text.replace("name: two", "name: one")).code(), "duplicate_name");
    let many = |line: &str| (0..101).map(|index| line.replace('#', &index.to_string())).collect::<String>();
    let crowd = format!(
        "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n{}  volumes:\n{}",
        many("  - image: a:#\n"),
        many("  - hostPath: {path: /#}\n")
    );
    assert_eq!(refused(&crowd).code(), "too_many_facts");
    assert_eq!(refused(&text.replace("/one", "one")).code(), "relative_path");
    assert_eq!(refused(&text.replace("path: /one", "type: Socket")).code(), "missing_field");
}

#[test]
fn seccomp_and_apparmor_in_all_spellings() {
    let unconfined = |field: &str, fact: &str| {
        check(&format!("securityContext: {{{field}: {{type: Unconfined}}}},"), "", "", &[fact]);
        check("", "", &format!("{field}: {{type: Unconfined}}"), &[fact]);
        check(
            &format!("securityContext: {{{field}: {{type: Unconfined}}}},"),
            "",
            &format!("{field}: {{type: RuntimeDefault}}"),
            &[],
        );
        check("", "", &format!("{field}: {{type: Localhost, localhostProfile: unconfined}}"), &[]);
        assert_eq!(refused(&pod("", "", &format!("{field}: {{}}"))).code(), "missing_field");
    };
    unconfined("seccompProfile", "seccomp_unconfined");
    unconfined("appArmorProfile", "apparmor_unconfined");
    let annotated = |annotations: &str| {
        let text = pod("", "", "").replace("name: a}", &format!("name: a, annotations: {{{annotations}}}}}"));
        told(&all(&text)[0])
    };
    assert_eq!(annotated("seccomp.security.alpha.kubernetes.io/pod: unconfined"), ["seccomp_unconfined"]);
    assert_eq!(
        annotated("container.seccomp.security.alpha.kubernetes.io/c: unconfined"),
        ["seccomp_unconfined"]
    );
    assert_eq!(
        annotated(
            "seccomp.security.alpha.kubernetes.io/pod: unconfined, container.seccomp.security.alpha.kubernetes.io/c: runtime/default"
        ),
        Vec::<String>::new()
    );
    assert_eq!(
        annotated("container.seccomp.security.alpha.kubernetes.io/other: unconfined"),
        Vec::<String>::new()
    );
    assert_eq!(
        annotated("container.apparmor.security.beta.kubernetes.io/c: unconfined"),
        ["apparmor_unconfined"]
    );
    assert_eq!(
        annotated("container.apparmor.security.beta.kubernetes.io/c: runtime/default"),
        Vec::<String>::new()
    );
}

#[test]
fn a_wrong_type_is_never_taken_for_no() {
    let code = |spec: &str, container: &str, context: &str| refused(&pod(spec, container, context)).code();
    for word in ["yes", "on", "y", "'true'", "1", "[]", "{}"] {
        assert_eq!(code("", "", &format!("privileged: {word}")), "wrong_type", "{word}");
        assert_eq!(code(&format!("hostPID: {word},"), "", ""), "wrong_type", "{word}");
    }
    for (spec, container, context) in [
        ("hostUsers: 'false',", "", ""),
        ("volumes: {},", "", ""),
        ("volumes: [{hostPath: /etc}],", "", ""),
        ("securityContext: [],", "", ""),
        ("securityContext: {runAsUser: root},", "", "runAsUser: 1"),
        ("initContainers: {},", "", ""),
        ("initContainers: [x],", "", ""),
        ("", "ports: [{hostPort: '80'}],", ""),
        ("", "ports: 80,", ""),
        ("", "volumeMounts: [x],", ""),
        ("", "", "runAsUser: '0'"),
        ("", "", "runAsUser: 0.5"),
        ("", "", "capabilities: [ALL]"),
        ("", "", "capabilities: {add: ALL}"),
        ("", "", "capabilities: {add: [1]}"),
        ("", "", "seccompProfile: Unconfined"),
        ("", "", "procMount: true"),
    ] {
        assert_eq!(code(spec, container, context), "wrong_type", "{spec} {container} {context}");
    }
    assert_eq!(code("", "", "capabilities: {add: ['SYS ADMIN']}"), "invalid_value");
    assert_eq!(code("", "", "seccompProfile: {type: unconfined}"), "invalid_value");
    let text = pod("", "", "").replace(
        "name: a}",
        "name: a, annotations: {container.apparmor.security.beta.kubernetes.io/c: none}}",
    );
    assert_eq!(refused(&text).code(), "invalid_value");
    assert_eq!(code("", "", "privileged: false, privileged: true"), "duplicate_key");
    assert_eq!(code("", "", "privileged: false, Privileged: true"), "duplicate_key");
}

#[test]
fn mistakes_are_told_with_their_place() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n---\napiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: c\n    image: a:1\n    securityContext:\n      privileged: yes\n";
    assert_eq!(
        refused(text).to_string(),
        "line 12 column 19: /spec/containers/0/securityContext/privileged: expected `true` or `false`, found the string `yes`"
    );
    let error = refused(&text.replace("    image: a:1\n", ""));
    assert_eq!(error.code(), "wrong_type");
    let error = refused(&text.replace("    image: a:1\n", "").replace("yes", "true"));
    assert_eq!(error.code(), "missing_identity");
    let error = refused(&text.replace("image: a:1", "image: a b"));
    assert!(matches!(error.code(), "invalid_name" | "wrong_type"), "{error}");
    let error = refused(text.split("---").next().unwrap());
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "no_pod"));
    assert!(error.to_string().contains("only `Service`"), "{error}");
    let error = refused("apiVersion: v1\nkind: List\nitems: []\n");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "no_pod"));
    let error = refused("apiVersion: v1\nkind: Pod\nspec: {containers: []}\n");
    assert_eq!(error.code(), "missing_field");
    let error = refused(&format!("{text}---\napiVersion: v1\nmetadata: {{}}\n").replace("yes", "true"));
    assert_eq!(error.code(), "missing_field");
    let error = refused("apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 'a:1'}]}\n---\ntext\n");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unknown_format"));
    let error = refused("{\"apiVersion\": \"v1\", \"kind\": \"Service\"}");
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unsupported, "unknown_format"));
}

#[test]
fn a_named_image_is_of_the_containers_that_name_it() {
    const ID: &str = "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";
    let named = |reference: Option<&str>| {
        Options::default().with_image(LaunchImage {
            reference: reference.map(str::to_owned),
            id: Some(ID.to_owned()),
            ..LaunchImage::default()
        })
    };
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - {name: a, image: 'a:1'}\n  - {name: b, image: 'b:1'}\n";
    let ids = |options: &Options, text: &str| -> Vec<bool> {
        let launches = parse_all(text.as_bytes(), options).unwrap();
        launches.iter().map(|launch| launch.document().image.id.is_some()).collect()
    };
    assert_eq!(ids(&named(Some("b:1")), text), [false, true]);
    assert_eq!(ids(&named(None), text), [false, false]);
    assert_eq!(ids(&named(None), text.split("  - {name: b").next().unwrap()), [true]);
    assert_eq!(ids(&named(None), &text.replace(", image: 'b:1'", "")), [false, true]);
}
