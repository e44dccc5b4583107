//! Small vocabularies, so that what is generated often matches.

pub const REFERENCES: [&str; 14] = [
    "nginx",
    "nginx:1.27",
    "docker.io/nginx:1.27",
    "docker.io/library/nginx",
    "index.docker.io/library/nginx:latest",
    "team/app:1.0",
    "Docker.IO/team/app:1.1",
    "registry.example.com/shop/cart:1.4.2",
    "Registry.Example.COM/shop/cart:1.4.2",
    "registry.example.com/shop/web/debug-cart:dev",
    "registry.example.com/shop",
    "registry.example.com/cart:1.4.2",
    "localhost:5000/cart",
    "localhost/shop/cart:1.4.2",
];

pub const IMAGE_GLOBS: [&str; 28] = [
    "**",
    "**",
    "*",
    "nginx",
    "nginx:*",
    "nginx:1.2?",
    "nginx@sha256:*",
    "nginx:*@*",
    "library/nginx",
    "docker.io/**",
    "docker.io/*/*",
    "docker.io/library/nginx:latest",
    "team/*",
    "team/app:1.?",
    "team\\/app",
    "registry.example.com/**",
    "registry.example.com/shop/**",
    "registry.example.com/**/cart",
    "registry.example.com/shop*/**",
    "registry.example.com/*/cart:1.4.2",
    "registry.example.com/shop",
    "**/cart",
    "**/cart:1.4.?",
    "**/debug-*",
    "registry.example.com/sh**/op/**",
    "registry.example.com?shop/cart",
    "localhost*/**",
    "**@sha256:*",
];

/// What `unknown` may name beside the selectors of vulnerabilities, and more under `only`.
pub const SELECTORS: [&str; 8] =
    ["severities", "ids", "packages", "classes", "labels", "min_cvss", "min_epss", "known_exploited"];
pub const FURTHER_FILTERS: [&str; 3] = ["fix_available", "fix_states", "grace"];
pub const MALWARE_SELECTORS: [&str; 5] = ["md5", "sha256", "families", "classes", "severities"];
pub const SENSITIVE_SELECTORS: [&str; 2] = ["types", "severities"];

pub const SEVERITIES: [&str; 6] = ["critical", "high", "medium", "low", "negligible", "unknown"];
pub const IDS: [&str; 5] =
    ["CVE-2021-44228", "CVE-2022-0778", "CVE-2023-45853", "GHSA-jfh8-c2jp-5v3q", "DSA-5103-1"];
pub const PACKAGES: [&str; 7] = [
    "openssl",
    "zlib1g",
    "log4j-core",
    "org.apache.logging.log4j:log4j-core",
    "org.apache.logging.log4j:log4j-core",
    "@babel/core",
    "core",
];
pub const PACKAGE_GLOBS: [&str; 9] = [
    "openssl",
    "zlib*",
    "log4j-core",
    "org.apache*",
    "*",
    "@babel/*",
    "**/core",
    "log4j?core",
    "*:log4j-core",
];
pub const VERSIONS: [&str; 5] = ["1.2.0", "1.2.3", "1.9.0", "1.10.0", "2.0.0"];
pub const RANGES: [&str; 7] =
    ["<1.10.0", "<=1.2.3", ">1.2.3", ">=1.9.0", "=1.2.3", ">=1.2.3,<2.0.0", "=1.2.0||>=1.10.0,<2.0.0"];
/// Ecosystems whose versions are compared.
pub const ECOSYSTEMS: [&str; 8] = ["npm", "cargo", "deb", "rpm", "pypi", "golang", "gem", "maven"];
/// One that has no rules for versions.
pub const WITHOUT_RULES: &str = "generic";
pub const CLASSES: [&str; 3] = ["os", "library", "OS"];
pub const LABELS: [&str; 3] = ["exploit", "wormable", "Exploit"];
pub const FIX_STATES: [&str; 6] =
    ["fixed", "not_fixed", "will_not_fix", "deferred", "end_of_life", "unknown"];
pub const PATHS: [&str; 7] = [
    "/app/lib/a.jar",
    "/app/id_rsa",
    "/appid_rsa",
    "/usr/bin/.x",
    "/srv/app/node_modules/x",
    "srv/app/x",
    "/x",
];
pub const PATH_GLOBS: [&str; 10] = [
    "**",
    "/app/**",
    "/app/*",
    "/app**/id_rsa",
    "/app?id_rsa",
    "/**/x",
    "**/id_rsa",
    "/usr/bin/.?",
    "/srv/**/x",
    "**/x",
];

pub const MD5: [&str; 2] = ["44d88612fea8a8f36de82e1278abb02f", "aaaabbbbccccddddeeeeffff00001111"];
pub const SHA256: [&str; 2] = [
    "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f",
    "abababababababababababababababababababababababababababababababab",
];
pub const FAMILIES: [&str; 3] = ["Linux.Trojan.Mirai", "Coin/Miner", "EICAR"];
pub const FAMILY_GLOBS: [&str; 6] = ["Linux.*", "Coin/*", "*Miner", "EICAR", "E?CAR", "*"];
pub const MALWARE_CLASSES: [&str; 3] = ["trojan", "virus", "Trojan"];
pub const TYPES: [&str; 4] = ["private-key", "aws-key", "Private-Key", "password/plain"];
pub const TYPE_GLOBS: [&str; 5] = ["private-key*", "*key", "password*", "p??????-key", "**"];

pub const NODES: [&str; 3] = ["node-1", "node-2", "Node-1"];
pub const NODE_GLOBS: [&str; 6] = ["*", "**", "node-*", "node-?", "node-1", "Node*"];
pub const CLUSTERS: [&str; 3] = ["prod-eu", "prod-us", "dev"];
pub const CLUSTER_GLOBS: [&str; 6] = ["*", "**", "prod-*", "dev", "prod-??", "?*"];
pub const NAMESPACES: [&str; 3] = ["shop", "kube-system", "team/a"];
pub const NAMESPACE_GLOBS: [&str; 6] = ["*", "**", "shop", "kube-*", "team*", "team?a"];

pub const FACTS: [&str; 43] = [
    "privileged",
    "capability:SYS_ADMIN",
    "capability:CAP_SYS_ADMIN",
    "capability:net_admin",
    "capability:ALL",
    "capability:cap_all",
    "host_pid",
    "host_ipc",
    "host_network",
    "host_uts",
    "host_user",
    "host_cgroup",
    "host_path:/",
    "host_path:/var",
    "host_path:/var/run/",
    "host_path:/var/run/docker.sock",
    "host_path:/var//lib/../run/./docker.sock",
    "host_path:/etc",
    "host_path:/etc/ssl/certs",
    "host_path:/va",
    "host_path:/variable",
    "device:/dev/sda",
    "device:/dev/mapper/x",
    "seccomp_unconfined",
    "apparmor_unconfined",
    "selinux_disabled",
    "unmasked_paths",
    "new_privileges",
    "run_as_root",
    "host_port",
    "capability_added:NET_RAW",
    "capability_added:cap_net_raw",
    "capability_added:SYS_ADMIN",
    "capabilities_not_dropped",
    "seccomp_unset",
    "selinux_type:spc_t",
    "selinux_user:user_u",
    "selinux_role:system_r",
    "sysctl:net.ipv4.ip_forward",
    "sysctl:kernel/sem",
    "volume:hostPath",
    "root_not_refused",
    "probe_host",
];

/// Entries of policies, no two of which mean the same.
pub const ENTRIES: [&str; 38] = [
    "privileged",
    "capability:SYS_ADMIN",
    "capability:cap_net_admin",
    "capability:SYS_PTRACE",
    "capability:ALL",
    "host_pid",
    "host_ipc",
    "host_network",
    "host_uts",
    "host_user",
    "host_cgroup",
    "host_path:/",
    "host_path:/var/run/docker.sock",
    "host_path:/var/run/*",
    "host_path:/etc/**",
    "host_path:/etc/ssl/*.pem",
    "host_path:**/docker.sock",
    "host_path:/var/r*/x",
    "device:/dev/sd?",
    "device:/dev/**",
    "seccomp_unconfined",
    "apparmor_unconfined",
    "selinux_disabled",
    "unmasked_paths",
    "new_privileges",
    "run_as_root",
    "host_port",
    "capability_added:NET_RAW",
    "capability_added:*",
    "capabilities_not_dropped",
    "seccomp_unset",
    "selinux_type:*_t",
    "selinux_user:*",
    "selinux_role:system_?",
    "sysctl:net.*",
    "sysctl:kernel/*",
    "volume:*",
    "root_not_refused",
];

pub const AUTHORS: [&str; 2] = ["Vendor Security", "vendor security"];
pub const JUSTIFICATIONS: [&str; 2] = ["vulnerable_code_not_present", "component_not_present"];
pub const SUPPRESSED_BY: [&str; 3] = ["vex", "ignore_file", "scanner"];
pub const STATES: [&str; 4] = ["not_scanned", "failed", "unsupported", "partial"];
/// Lengths of waits and ages, in days. Dates are put so many days before the decision.
pub const DAYS: [i64; 3] = [1, 7, 30];
