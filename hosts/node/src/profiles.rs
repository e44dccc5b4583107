//! The folder of scan profiles: the file name is the index, so that a start opens only the profile of its image.

use crate::file::{self, Stamp};
use imagegate::{ImageIdentity, ImageMatch, Launch, Limits, ScanProfile, quote};
use imagegate_readers::profile;
use std::io;
use std::path::{Path, PathBuf};

/// A folder with one scan report a file, in any format that imagegate reads. The name of a file says which image it is
/// about:
///
/// | image | file |
/// |---|---|
/// | id or manifest digest `sha256:b7c6…` | `sha256-b7c6….json` |
/// | name `registry.example.com/shop/cart:1.4.2` | `registry.example.com%2Fshop%2Fcart%3A1.4.2.json` |
///
/// Names are whole (`docker.io/library/nginx:latest`, not `nginx`); every byte but letters, digits, `.`, `_` and `-` is
/// written `%XX`. A launch is looked up by its id, then by the digests that it names, then by its name. One report can
/// stand under several names, as copies or links; [`ProfileFolder::put`] writes them.
///
/// - No file for the image: nobody scanned it, and `unscanned` policies judge it.
/// - A report found by id or digest that is of another image, a report that cannot be read, and a folder that is not
///   there are errors.
/// - A report found by name that is of another image is not applied, since a tag may have moved: nobody scanned this one.
/// - A report found by name that states no id or digest, where the launch does: nothing says that it is of this image, and
///   deciding with it is an error.
/// - A report that does not say which image it is about is about the one that the file name says.
#[derive(Clone, Debug)]
pub struct ProfileFolder {
    path: PathBuf,
}

/// What the folder has about an image.
#[derive(Debug)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// Its state when it was found.
    pub stamp: Stamp,
    /// What its name says.
    pub named: ImageIdentity,
}

const MAX_BYTES: u64 = 256 << 20;

impl ProfileFolder {
    /// The folder at this path.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The file that is about the launch's image, `None` if there is none.
    ///
    /// # Errors
    /// A sentence, if the folder or the file cannot be looked at.
    pub fn find(&self, launch: &Launch) -> Result<Option<Found>, String> {
        for key in launch.image_keys() {
            let Some(name) = file_name(&key) else { continue };
            let path = self.path.join(name);
            match Stamp::of(&path) {
                Ok(stamp) => return Ok(Some(Found { path, stamp, named: named(key, launch) })),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(format!("{}: {error}", path.display())),
            }
        }
        // A folder that is not there (not mounted yet, misspelt) must not make every image one that nobody scanned.
        match std::fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_dir() => Ok(None),
            Ok(_) => Err(format!("{}: not a folder", self.path.display())),
            Err(error) => Err(format!("{}: {error}", self.path.display())),
        }
    }

    /// Writes the profile under everything that its image is known by, each file in one step. Returns the files.
    ///
    /// # Errors
    /// What the system says; names that make no file name, if nothing else is known of the image.
    pub fn put(&self, profile: &ScanProfile) -> io::Result<Vec<PathBuf>> {
        let mut json = profile.to_json();
        json.push('\n');
        let keys = profile.image_keys();
        let paths: Vec<PathBuf> =
            keys.iter().filter_map(|key| Some(self.path.join(file_name(key)?))).collect();
        if paths.is_empty() {
            let message = match keys.first() {
                Some(key) => format!("{} is too long to be kept as a file name", quote(key)),
                None => "the profile does not say which image it is about".to_owned(),
            };
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        for path in &paths {
            file::replace(path, json.as_bytes(), None)
                .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        }
        Ok(paths)
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Found {
    /// Reads the report.
    ///
    /// # Errors
    /// A sentence that names the file, the place and what would be right.
    pub fn read(&self) -> Result<ScanProfile, String> {
        let bytes = file::read(&self.path, MAX_BYTES).map_err(|error| error.to_string())?;
        // What `put` wrote needs no look at which format it is. Whatever is wrong with it, the reader says.
        if bytes.starts_with(OWN_FORM)
            && let Ok(profile) = ScanProfile::parse_for(&self.named, &bytes, &Limits::default())
        {
            return Ok(profile);
        }
        let options = profile::Options::default().with_image(self.named.clone());
        profile::parse(&bytes, &options).map_err(|error| format!("{}: {error}", self.path.display()))
    }

    /// Whether the report is to be applied to the launch: not if it was found by name and is of another image.
    pub fn applies(&self, profile: &ScanProfile, launch: &Launch) -> bool {
        self.named.names.is_empty() || profile.image_match(launch) != ImageMatch::Different
    }
}

/// How imagegate's own documents begin where imagegate writes them.
const OWN_FORM: &[u8] = br#"{"version":1,"#;

/// The image that the file name says.
fn named(key: String, launch: &Launch) -> ImageIdentity {
    let mut named = ImageIdentity::default();
    if !key.starts_with("sha256:") {
        named.names.push(key);
    } else if launch.image_keys().first().is_some_and(|first| *first == key) && has_id(launch) {
        named.id = Some(key);
    } else {
        named.digests.push(key);
    }
    named
}

fn has_id(launch: &Launch) -> bool {
    let image = &launch.document().image;
    image.id.is_some()
        || image
            .reference
            .as_deref()
            .is_some_and(|reference| ImageIdentity::of(reference).is_ok_and(|identity| identity.id.is_some()))
}

/// Longer file names are refused by most file systems, and some room is needed while one is written.
const MAX_FILE_NAME: usize = 240;

/// The file name for an id, a digest or a whole name as [`Launch::image_keys`] gives them. `None` for a name that is
/// too long for one: no profile can have been kept under it.
pub fn file_name(key: &str) -> Option<String> {
    let mut name = String::with_capacity(key.len().saturating_add(16));
    if let Some(hash) = key.strip_prefix("sha256:") {
        name.push_str("sha256-");
        name.push_str(hash);
    } else {
        for byte in key.bytes() {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-' => name.push(byte.into()),
                other => name.push_str(&format!("%{other:02X}")),
            }
        }
    }
    name.push_str(".json");
    (name.len() <= MAX_FILE_NAME).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";
    const HEX: &str = "b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca";
    const OTHER: &str = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

    fn launch(image: &str) -> Launch {
        Launch::parse(format!(r#"{{"version": 1, "image": {image}, "privileges": []}}"#).as_bytes()).unwrap()
    }

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, ProfileFolder) {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        let folder = ProfileFolder::new(directory.path().to_owned());
        (directory, folder)
    }

    fn get(folder: &ProfileFolder, launch: &Launch) -> Result<Option<ScanProfile>, String> {
        match folder.find(launch)? {
            Some(found) => {
                let profile = found.read()?;
                Ok(found.applies(&profile, launch).then_some(profile))
            }
            None => Ok(None),
        }
    }

    #[test]
    fn names_of_files() {
        assert_eq!(file_name(ID).unwrap(), format!("sha256-{HEX}.json"));
        assert_eq!(
            file_name("registry.example.com:5000/shop/cart:1.4.2").unwrap(),
            "registry.example.com%3A5000%2Fshop%2Fcart%3A1.4.2.json"
        );
        assert_eq!(file_name("../../etc/passwd").unwrap(), "..%2F..%2Fetc%2Fpasswd.json");
        assert_eq!(file_name(&"a".repeat(300)), None);
    }

    #[test]
    fn id_before_name_and_a_name_that_moved_is_not_applied() {
        let of_id =
            format!(r#"{{"version": 1, "image": {{"id": "{ID}"}}, "scan": {{"state": "complete"}}}}"#);
        let of_name = format!(
            r#"{{"version": 1, "image": {{"id": "{OTHER}", "names": ["nginx"]}}, "scan": {{"state": "complete"}}}}"#
        );
        let id_file = file_name(ID).unwrap();
        let name_file = "docker.io%2Flibrary%2Fnginx%3Alatest.json";
        let (_directory, folder) = folder(&[(&id_file, &of_id), (name_file, &of_name)]);
        let both = launch(&format!(r#"{{"reference": "nginx", "id": "{ID}"}}"#));
        assert_eq!(get(&folder, &both).unwrap().unwrap().document().image.id.as_deref(), Some(ID));
        let by_name = launch(r#"{"reference": "nginx:latest"}"#);
        assert_eq!(get(&folder, &by_name).unwrap().unwrap().document().image.id.as_deref(), Some(OTHER));
        std::fs::remove_file(folder.path().join(&id_file)).unwrap();
        assert_eq!(get(&folder, &both).unwrap(), None);
        assert_eq!(get(&folder, &launch(r#"{"reference": "redis"}"#)).unwrap(), None);
    }

    #[test]
    fn a_name_alone_says_too_little_where_the_launch_knows_more() {
        let report = r#"{"version": 1, "scan": {"state": "complete"}, "malware": [{"path": "/x"}]}"#;
        let (_directory, folder) = folder(&[("docker.io%2Flibrary%2Fnginx%3Alatest.json", report)]);
        let launch = launch(&format!(r#"{{"reference": "nginx", "id": "{ID}"}}"#));
        let profile = get(&folder, &launch).unwrap().unwrap();
        let assessment = imagegate::PolicySet::parse(br#"{"version": 1}"#).unwrap().assess(&profile);
        let decided = assessment.decide(&launch, imagegate::Timestamp::MAX);
        assert_eq!(decided.unwrap_err().kind(), imagegate::ErrorKind::ImageMismatch);
    }

    #[test]
    fn a_report_that_names_no_image_is_about_the_one_of_its_file_name() {
        let report = r#"{"version": 1, "scan": {"state": "complete"}}"#;
        let (_directory, folder) = folder(&[(&file_name(ID).unwrap(), report)]);
        let by_id = launch(&format!(r#"{{"id": "{ID}"}}"#));
        assert_eq!(get(&folder, &by_id).unwrap().unwrap().document().image.id.as_deref(), Some(ID));
        let by_digest = launch(&format!(r#"{{"reference": "nginx@{ID}"}}"#));
        let profile = get(&folder, &by_digest).unwrap().unwrap();
        assert_eq!(
            (profile.document().image.id.as_deref(), profile.document().image.digests.len()),
            (None, 1)
        );
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_never_unscanned() {
        let of_other = format!(r#"{{"version": 1, "image": {{"id": "{OTHER}"}}}}"#);
        let (directory, folder) = folder(&[(&file_name(ID).unwrap(), &of_other)]);
        let by_id = launch(&format!(r#"{{"id": "{ID}"}}"#));
        assert!(get(&folder, &by_id).unwrap_err().contains(HEX));
        for text in ["", "{", r#"{"version": 1, "malwares": []}"#, "[]"] {
            std::fs::write(directory.path().join(file_name(ID).unwrap()), text).unwrap();
            assert!(get(&folder, &by_id).unwrap_err().contains("sha256-b7c6"), "{text}");
        }
        let nowhere = ProfileFolder::new(directory.path().join("nowhere"));
        assert!(get(&nowhere, &by_id).is_err());
        let file = ProfileFolder::new(directory.path().join(file_name(ID).unwrap()));
        assert!(get(&file, &by_id).is_err());
        // A link to a report that is not there: not mounted yet, or moved.
        let link = directory.path().join(file_name(ID).unwrap());
        std::fs::remove_file(&link).unwrap();
        assert_eq!(get(&folder, &by_id), Ok(None));
        std::os::unix::fs::symlink("/nowhere/report.json", &link).unwrap();
        assert!(get(&folder, &by_id).unwrap_err().contains("a link to a file that is not there"));
    }

    #[test]
    fn what_is_put_is_found_under_each_name() {
        let (_directory, folder) = folder(&[]);
        let profile = ScanProfile::parse(
            format!(r#"{{"version": 1, "image": {{"id": "{ID}", "digests": ["nginx@{OTHER}"], "names": ["nginx"]}}}}"#)
                .as_bytes(),
        )
        .unwrap();
        assert_eq!(folder.put(&profile).unwrap().len(), 3);
        for image in [
            format!(r#"{{"id": "{ID}"}}"#),
            format!(r#"{{"digest": "{OTHER}"}}"#),
            r#"{"reference": "docker.io/nginx"}"#.to_owned(),
        ] {
            assert!(get(&folder, &launch(&image)).unwrap().is_some(), "{image}");
        }
    }
}
