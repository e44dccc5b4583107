//! The tools that write SARIF.

/// Which tool wrote a run, as far as it matters for reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writer {
    Trivy,
    Grype,
    /// An old release of Grype, which suppresses every result.
    OldGrype,
    Snyk,
    /// Another scanner of nothing but vulnerabilities.
    Vulnerabilities,
    Secrets,
    Malware,
    Unknown,
}

impl Writer {
    pub(super) fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        let starts = |starts: &[&str]| starts.iter().any(|start| name.starts_with(start));
        if starts(&["trivy"]) {
            Self::Trivy
        } else if starts(&["grype"]) {
            Self::Grype
        } else if starts(&["anchore container vulnerability report"]) {
            Self::OldGrype
        } else if starts(&["snyk container", "snyk open source"]) {
            Self::Snyk
        } else if starts(&["clair", "docker scout", "osv-scanner", "osv scanner", "anchore", "jfrog xray"]) {
            Self::Vulnerabilities
        } else if starts(&["gitleaks", "trufflehog", "detect-secrets", "ggshield", "gitguardian"]) {
            Self::Secrets
        } else if starts(&["clamav", "clamscan"]) {
            Self::Malware
        } else {
            Self::Unknown
        }
    }
}
