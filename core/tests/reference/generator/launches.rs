//! Launches, together with the identity of the profile, which is mostly that of the same image.

use super::profiles::{DIGESTS, IDS, identity};
use super::{Make, words};
use serde_json::{Map, Value, json};

impl Make {
    pub(super) fn launch_and_profile(&mut self) -> (Value, Option<Value>) {
        let id = self.random.pick(&IDS);
        let digest = self.random.pick(&DIGESTS);
        let mut image = Map::new();
        let mut reference = self.random.pick(&words::REFERENCES).to_owned();
        match self.random.below(10) {
            0 => reference = self.random.case(&id.repeat(32)),
            1 => reference = identity(self.random.pick(&[id, id, IDS[0]])),
            2 | 3 => reference = format!("{reference}@{}", identity(digest)),
            _ => {}
        }
        self.fact(&mut image, "reference", 90, |_| reference.into());
        self.fact(&mut image, "id", 40, |make| make.one_identity(id));
        let named = if self.random.chance(90) { digest } else { self.random.pick(&DIGESTS) };
        self.fact(&mut image, "digest", 30, |make| make.one_identity(named));
        if image.values().all(Value::is_null) {
            image.insert("id".to_owned(), identity(id).into());
        }

        let launch = self.launch(image.into());
        let profile = self.random.chance(88).then(|| {
            let identity = self.profile_identity(id, digest, named);
            self.profile(identity)
        });
        (launch, profile)
    }

    /// Another launch, mostly of the same image, perhaps by another name.
    pub(super) fn another_launch(&mut self, launch: &Value) -> Value {
        let mut image = launch["image"].as_object().unwrap().clone();
        if self.random.chance(40) {
            image.insert("reference".to_owned(), self.random.pick(&words::REFERENCES).into());
        }
        self.launch(image.into())
    }

    /// A launch of an image: what it asks for and where.
    fn launch(&mut self, image: Value) -> Value {
        let mut facts = Vec::new();
        for _ in 0..self.random.pick(&[0, 2, 4, 6, 8, 14]) {
            facts.push(self.random.pick(&words::FACTS));
        }
        let inferred: Vec<&str> = facts.iter().copied().filter(|_| self.random.chance(15)).collect();
        let mut launch = Map::new();
        launch.insert("version".to_owned(), 1.into());
        launch.insert("image".to_owned(), image);
        launch.insert("privileges".to_owned(), facts.into());
        if !inferred.is_empty() {
            launch.insert("inferred".to_owned(), inferred.into());
        }
        self.fact(&mut launch, "container", 50, |make| {
            json!({"name": "cart", "kind": make.random.pick(&["main", "init", "sidecar"]), "user": null})
        });
        self.fact(&mut launch, "node", 80, |make| {
            let mut node = Map::new();
            make.fact(&mut node, "name", 80, |make| make.random.pick(&words::NODES).into());
            make.fact(&mut node, "cluster", 80, |make| make.random.pick(&words::CLUSTERS).into());
            node.into()
        });
        self.fact(&mut launch, "pod", 80, |make| {
            let mut pod = Map::new();
            make.fact(&mut pod, "namespace", 80, |make| make.random.pick(&words::NAMESPACES).into());
            pod.into()
        });
        launch.into()
    }

    /// The identity of the profile: that of the launch, less, more, or now and then another one.
    fn profile_identity(&mut self, id: &str, digest: &str, named: &str) -> Value {
        let mut image = Map::new();
        let id = if self.random.chance(95) { id } else { self.random.pick(&IDS) };
        self.fact(&mut image, "id", 70, |make| make.one_identity(id));
        let mut digests = Vec::new();
        for digest in [digest, named, self.random.pick(&DIGESTS)] {
            if self.random.chance(80) {
                digests.push(digest);
            }
        }
        self.fact(&mut image, "digests", 80, |make| {
            let spelled = digests.iter().map(|digest| {
                let prefix = make.random.pick(&["", "registry.example.com/shop/cart@", "nginx@"]);
                format!("{prefix}{}", make.one_identity(digest).as_str().unwrap())
            });
            spelled.collect::<Vec<_>>().into()
        });
        self.fact(&mut image, "names", 50, |make| make.words(&words::REFERENCES, 2));
        if self.random.chance(10) {
            image.insert("names".to_owned(), json!([format!("nginx:1.27@{}", identity(digest))]));
        }
        let names_nothing =
            image.values().all(|value| value.is_null() || value.as_array().is_some_and(Vec::is_empty));
        if names_nothing {
            image.insert("names".to_owned(), json!(["team/app:1.0"]));
        }
        self.fact(&mut image, "platform", 20, |_| "linux/amd64".into());
        image.into()
    }
}
