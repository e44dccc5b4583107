//! What a request to the Docker Engine API is about, however its path is written.

use percent_encoding::percent_decode_str;

/// The requests that are judged, and all others.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// It starts nothing.
    Pass,
    /// `POST /containers/create`
    Create,
    /// `POST /containers/{id}/start` and `restart`. Before API 1.24 a start may have a body with privileges.
    Start { container: String, may_bring_privileges: bool },
    /// `POST /containers/{id}/update`
    Update { container: String },
    /// `POST /containers/{id}/exec`
    Exec { container: String },
    /// `POST /services/create` and `POST /services/{id}/update`
    Service,
}

impl Route {
    /// As the daemon's router reads it: with or without a version, percent-encoded or not, with an origin before it, with
    /// empty and dotted parts. Where they read a path differently, this one judges more.
    pub(crate) fn of(method: &str, uri: &str) -> Result<Self, String> {
        if !method.eq_ignore_ascii_case("POST") {
            return Ok(Self::Pass);
        }
        let path = path_of(uri);
        let decoded = percent_decode_str(path).decode_utf8();
        let decoded = decoded.map_err(|_| "the path of the request is not UTF-8".to_owned())?;
        let mut parts: Vec<&str> = Vec::new();
        for part in decoded.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        let (version, parts) = match parts.as_slice() {
            [first, rest @ ..] if is_version(first) => (Some(*first), rest),
            all => (None, all),
        };
        Ok(match parts {
            ["containers", "create"] => Self::Create,
            // Names of containers may have slashes.
            ["containers", name @ .., last] if !name.is_empty() => {
                let container = name.join("/");
                match *last {
                    "start" => {
                        Self::Start { container, may_bring_privileges: version.is_some_and(is_before_1_24) }
                    }
                    "restart" => Self::Start { container, may_bring_privileges: false },
                    "update" => Self::Update { container },
                    "exec" => Self::Exec { container },
                    _ => Self::Pass,
                }
            }
            ["services", "create"] | ["services", .., "update"] => Self::Service,
            _ => Self::Pass,
        })
    }
}

/// The path alone: without an origin, a query or a fragment.
fn path_of(uri: &str) -> &str {
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    match path.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default()
        }
        _ => path,
    }
}

fn is_version(part: &str) -> bool {
    let number = part.strip_prefix(['v', 'V']).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn is_before_1_24(version: &str) -> bool {
    let number = version.get(1..).unwrap_or_default();
    let mut parts = number.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) < (1, 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(container: &str) -> Route {
        Route::Start { container: container.to_owned(), may_bring_privileges: false }
    }

    #[test]
    fn however_it_is_written_a_create_is_one() {
        for uri in [
            "/containers/create",
            "/v1.41/containers/create",
            "/v1.41/containers/create?name=web",
            "/v1.41/containers/create?name=/auth",
            "/v1.41/containers/create/",
            "//v1.41//containers///create",
            "/v1.41/./containers/x/../create",
            "/v1.41/containers/cre%61te",
            "/%76%31.41/containers/create",
            "/v1.41/containers%2Fcreate",
            "http://docker/v1.41/containers/create",
            "/v9.99/containers/create#fragment",
        ] {
            assert_eq!(Route::of("POST", uri), Ok(Route::Create), "{uri}");
        }
        assert_eq!(Route::of("post", "/containers/create"), Ok(Route::Create));
        assert!(Route::of("POST", "/containers/%FF/start").is_err());
    }

    #[test]
    fn what_starts_and_what_changes_a_container() {
        assert_eq!(Route::of("POST", "/v1.41/containers/web/start"), Ok(start("web")));
        assert_eq!(Route::of("POST", "/containers/a%2Fb/restart?t=5"), Ok(start("a/b")));
        assert_eq!(Route::of("POST", "/containers/create/start"), Ok(start("create")));
        for (version, old) in
            [("v1.23", true), ("v1.9", true), ("v1.24", false), ("v1.100", false), ("v2", false)]
        {
            let expected = Route::Start { container: "web".to_owned(), may_bring_privileges: old };
            assert_eq!(
                Route::of("POST", &format!("/{version}/containers/web/start")),
                Ok(expected),
                "{version}"
            );
        }
        let container = || "web".to_owned();
        assert_eq!(Route::of("POST", "/containers/web/update"), Ok(Route::Update { container: container() }));
        assert_eq!(
            Route::of("POST", "/v1.41/containers/web/exec"),
            Ok(Route::Exec { container: container() })
        );
        assert_eq!(Route::of("POST", "/v1.41/services/create"), Ok(Route::Service));
        assert_eq!(Route::of("POST", "/v1.41/services/web/update?version=7"), Ok(Route::Service));
    }

    #[test]
    fn everything_else_passes() {
        for (method, uri) in [
            ("GET", "/v1.41/containers/json"),
            ("GET", "/containers/create"),
            ("POST", "/v1.41/containers/web/stop"),
            ("POST", "/v1.41/containers/prune"),
            ("POST", "/exec/abc/start"),
            ("POST", "/images/create?fromImage=/containers/create"),
            ("HEAD", "/_ping"),
            ("OPTIONS", "*"),
        ] {
            assert_eq!(Route::of(method, uri), Ok(Route::Pass), "{method} {uri}");
        }
    }
}
