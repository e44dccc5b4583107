//! From a request to the launch that it asks for.

use super::engine::Engine;
use super::request::Request;
use super::route::Route;
use imagegate::{Launch, LaunchDocument, LaunchImage, Node};
use imagegate_readers::launch;

/// What a request comes to.
pub(crate) enum Wanted {
    /// It asks for nothing that is judged.
    Nothing,
    /// The launch to decide.
    Launch { container: Option<String>, launch: Launch },
}

/// The launch that a request asks for.
pub(crate) async fn wanted(
    engine: &Engine,
    node: &Node,
    request: &Request,
    route: &Route,
) -> Result<Wanted, String> {
    match route {
        Route::Pass => Ok(Wanted::Nothing),
        Route::Create => {
            let body = request.json()?;
            let launch = read("docker-create", body, None)?;
            let mut document = launch.document().clone();
            complete_image(engine, &mut document).await?;
            document.container.name = name_in_query(&request.uri).or(document.container.name);
            of_document(None, document, node)
        }
        Route::Start { container, may_bring_privileges } => {
            if *may_bring_privileges && request.may_have_body() {
                return Err("the start brings a body, which before API 1.24 may grant privileges: they belong into the \
                            create request"
                    .to_owned());
            }
            let document = inspected(engine, container).await?;
            of_document(Some(container.clone()), document, node)
        }
        Route::Update { container } => {
            let added = granted(request.json()?)?;
            more(engine, node, container, added).await
        }
        Route::Exec { container } => {
            let added = granted(request.json()?)?;
            more(engine, node, container, added).await
        }
        Route::Service => {
            let body = request.json()?;
            let launch = read("docker-service", body, None)?;
            let mut document = launch.document().clone();
            if joins_host(engine, body).await?
                && !document.privileges.iter().any(|fact| fact == "host_network")
            {
                document.privileges.push("host_network".to_owned());
            }
            of_document(None, document, node)
        }
    }
}

fn of_document(
    container: Option<String>,
    mut document: LaunchDocument,
    node: &Node,
) -> Result<Wanted, String> {
    document.node = node.clone();
    let launch = Launch::new(document).map_err(|error| error.to_string())?;
    Ok(Wanted::Launch { container, launch })
}

fn read(format: &str, body: &[u8], image: Option<LaunchImage>) -> Result<Launch, String> {
    let format = format.parse().map_err(|error: imagegate::Error| error.to_string())?;
    let mut options = launch::Options::default().with_format(format);
    if let Some(image) = image {
        options = options.with_image(image);
    }
    launch::parse(body, &options).map_err(|error| format!("the request: {error}"))
}

/// What a running container is given in addition: nothing more to judge if that is nothing.
async fn more(engine: &Engine, node: &Node, container: &str, added: Vec<String>) -> Result<Wanted, String> {
    if added.is_empty() {
        return Ok(Wanted::Nothing);
    }
    let mut document = inspected(engine, container).await?;
    for fact in added {
        if !document.privileges.contains(&fact) {
            document.privileges.push(fact);
        }
    }
    of_document(Some(container.to_owned()), document, node)
}

/// The privileges that the body of an update or an exec grants. Both name them as a `HostConfig` does. What follows from
/// an empty one is nothing that is added.
fn granted(body: &[u8]) -> Result<Vec<String>, String> {
    let of_all = facts(b"{}")?;
    Ok(facts(body)?.into_iter().filter(|fact| !of_all.contains(fact)).collect())
}

fn facts(host_config: &[u8]) -> Result<Vec<String>, String> {
    let mut text = br#"{"Image": "unnamed", "HostConfig": "#.to_vec();
    text.extend_from_slice(host_config);
    text.push(b'}');
    Ok(read("docker-create", &text, None)?.document().privileges.clone())
}

/// How a container was created, with the id and digest of its image.
async fn inspected(engine: &Engine, container: &str) -> Result<LaunchDocument, String> {
    let launch = read("docker-inspect", &engine.container(container).await?, None)?;
    let mut document = launch.document().clone();
    if let Some(id) = document.image.id.clone() {
        document.image.digest = engine.image(&id).await?.and_then(|image| image.digest());
    }
    Ok(document)
}

/// What the name of an image means to the daemon now. An image that it does not have yet has a name only, and nothing is
/// created of it: the client pulls it and asks again.
async fn complete_image(engine: &Engine, document: &mut LaunchDocument) -> Result<(), String> {
    let image = &mut document.image;
    let Some(name) = image.reference.clone().or_else(|| image.id.clone()) else { return Ok(()) };
    if let Some(known) = engine.image(&name).await? {
        image.digest = image.digest.take().or_else(|| known.digest());
        image.id = Some(known.id);
    }
    Ok(())
}

/// Whether a service names the host's network by its id, or the start of it.
async fn joins_host(engine: &Engine, body: &[u8]) -> Result<bool, String> {
    let value: serde_json::Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    let Some(id) = engine.host_network().await? else { return Ok(false) };
    Ok(names(&value, &id))
}

/// Shorter than this, a text is no start of an id.
const MIN_ID: usize = 4;

fn names(value: &serde_json::Value, id: &str) -> bool {
    match value {
        serde_json::Value::String(text) => text.len() >= MIN_ID && id.starts_with(text.as_str()),
        serde_json::Value::Array(items) => items.iter().any(|item| names(item, id)),
        serde_json::Value::Object(members) => members.values().any(|member| names(member, id)),
        _ => false,
    }
}

/// The name that a create request gives the container.
fn name_in_query(uri: &str) -> Option<String> {
    let (_, query) = uri.split_once('?')?;
    let value = query.split('&').find_map(|pair| pair.strip_prefix("name="))?;
    let name = percent_encoding::percent_decode_str(value).decode_utf8().ok()?;
    let name = name.trim_start_matches('/').to_owned();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_updates_and_execs_add() {
        assert_eq!(granted(br#"{"Memory": 1, "RestartPolicy": {"Name": "always"}}"#).unwrap(), [""; 0]);
        assert_eq!(granted(br#"{"Cmd": ["sh"], "User": "root", "Privileged": false}"#).unwrap(), [""; 0]);
        assert_eq!(granted(br#"{"Cmd": ["sh"], "privileged": true}"#).unwrap(), ["privileged"]);
        assert_eq!(granted(br#"{"Devices": [{"PathOnHost": "/dev/sda"}]}"#).unwrap(), ["device:/dev/sda"]);
        for body in [r#"{"Privileged": "yes"}"#, r#"{"Privileged": false, "privileged": true}"#, "[]", "1"] {
            assert!(granted(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn names_and_networks() {
        assert_eq!(name_in_query("/x?platform=&name=%2Fweb").as_deref(), Some("web"));
        assert_eq!(name_in_query("/x?name="), None);
        let value = serde_json::json!({"Networks": [{"Target": "abcdef"}]});
        assert!(names(&value, "abcdef0123"));
        assert!(!names(&value, "abc0123"));
    }
}
