//! Under what the scan profile of an image is kept: for those who have many and look for one.

use super::{Digest, ImageId, Reference};
use crate::launch::Launch;
use crate::profile::ScanProfile;

impl ScanProfile {
    /// What the image is known by, each in its one spelling and once: the id and the digests as `sha256:<64 hex>`,
    /// then the names as `host/path:tag`. Keeping the profile under all of them lets every launch of the image find it.
    ///
    /// ```
    /// use imagegate::ScanProfile;
    ///
    /// let profile = ScanProfile::parse(br#"{"version": 1, "image": {"names": ["nginx", "docker.io/nginx:latest"]}}"#)?;
    /// assert_eq!(profile.image_keys(), ["docker.io/library/nginx:latest"]);
    /// # Ok::<(), imagegate::Error>(())
    /// ```
    pub fn image_keys(&self) -> Vec<String> {
        let id = self.id().map(ImageId::as_str).into_iter();
        let identity = id.chain(self.digests().iter().map(Digest::as_str)).map(str::to_owned);
        distinct(identity.chain(self.names().iter().map(Reference::canonical)))
    }
}

impl Launch {
    /// Where to look for the profile of the launch's image, best first: under its id, the digests that it names, its
    /// name. A name says little, since the tag may have moved on: whether the profile found is of another image,
    /// [`ScanProfile::image_match`] tells.
    ///
    /// ```
    /// use imagegate::Launch;
    ///
    /// let launch = Launch::parse(br#"{"version": 1, "image": {"reference": "nginx"}, "privileges": []}"#)?;
    /// assert_eq!(launch.image_keys(), ["docker.io/library/nginx:latest"]);
    /// # Ok::<(), imagegate::Error>(())
    /// ```
    pub fn image_keys(&self) -> Vec<String> {
        let id = self.id().map(ImageId::as_str).into_iter();
        let digests = self.digest().into_iter().chain(self.reference().and_then(Reference::digest));
        let identity = id.chain(digests.map(Digest::as_str)).map(str::to_owned);
        distinct(identity.chain(self.reference().map(Reference::canonical)))
    }
}

fn distinct(keys: impl Iterator<Item = String>) -> Vec<String> {
    let mut distinct: Vec<String> = Vec::new();
    for key in keys {
        if !distinct.contains(&key) {
            distinct.push(key);
        }
    }
    distinct
}
