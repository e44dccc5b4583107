//! Whether a launch and a scan profile are about the same image.

use super::{Digest, ImageId, Reference};
use crate::error::{Error, ErrorKind};
use crate::launch::Launch;
use crate::profile::{ScanProfile, ScanState};

/// How a scan profile relates to the image of a launch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageMatch {
    /// Both state the same id or digest: it is the same image.
    Identity,
    /// There was nothing to compare but a name, and that is the same.
    Name,
    /// There was nothing to compare but names, and those differ or are not there.
    Nothing,
    /// The name is the same, but the launch states an id or a digest that the profile says nothing of. Alone, such a
    /// profile is a mismatch; merged with one that states the same identity, it counts.
    NameOnly,
    /// It is another image, or nothing says that it is the same. Deciding is an error.
    Different,
}

impl ScanProfile {
    /// How this profile relates to the image of `launch`: for callers that have several profiles to choose from.
    pub fn image_match(&self, launch: &Launch) -> ImageMatch {
        let is_named = || {
            let launched = launch.reference().map(Reference::canonical);
            self.names().iter().any(|name| launched.as_ref() == Some(&name.canonical()))
        };
        match check_same_image(launch, self) {
            Ok(Compared::Yes) => ImageMatch::Identity,
            Ok(Compared::No) if is_named() => ImageMatch::Name,
            Ok(Compared::No) => ImageMatch::Nothing,
            Err(_) if self.id().is_none() && self.digests().is_empty() && is_named() => ImageMatch::NameOnly,
            Err(_) => ImageMatch::Different,
        }
    }
}

/// Whether an id or digest of both was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    Yes,
    No,
}

/// Ids decide where both are stated; otherwise every digest that the launch names must be the profile's. A launch
/// that names an image of which nothing could be compared is refused too, unless nothing is known of the image.
///
/// # Errors
/// `image_mismatch`.
pub(crate) fn check_same_image(launch: &Launch, profile: &ScanProfile) -> Result<Compared, Error> {
    let mismatch =
        |message: String| Err(Error::at(ErrorKind::ImageMismatch, "image_mismatch", "/image", message));
    if let (Some(launched), Some(scanned)) = (launch.id(), profile.id()) {
        if launched == scanned {
            return Ok(Compared::Yes);
        }
        return mismatch(format!("the launch is of image {launched}, the scan profile of image {scanned}"));
    }
    let named: Vec<&Digest> =
        launch.digest().into_iter().chain(launch.reference().and_then(Reference::digest)).collect();
    let scanned = profile.digests();
    if !named.is_empty() && !scanned.is_empty() {
        return match named.iter().find(|digest| !scanned.contains(digest)) {
            None => Ok(Compared::Yes),
            Some(other) => mismatch(format!(
                "the launch is of the image with digest {other}, which is none of the digests of the scan profile"
            )),
        };
    }
    if launch.id().is_none() && named.is_empty() {
        return Ok(Compared::No);
    }
    let nothing_known = profile.id().is_none()
        && scanned.is_empty()
        && matches!(profile.scan_state(), ScanState::NotScanned | ScanState::Failed | ScanState::Unsupported);
    if nothing_known {
        return Ok(Compared::No);
    }
    let stated = launch.id().map(ImageId::as_str).or_else(|| named.first().map(|digest| digest.as_str()));
    mismatch(format!(
        "the launch is of the image {}, but the scan profile states nothing to compare that with: it needs the image's \
         {}",
        stated.unwrap_or_default(),
        if launch.id().is_some() { "id" } else { "digests" }
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_profiles_relate_to_launches() {
        let hash = |digit: char| format!("sha256:{}", digit.to_string().repeat(64));
        let profile = |image: String| {
            let text = format!(r#"{{"version": 1, "image": {image}, "scan": {{"state": "complete"}}}}"#);
            ScanProfile::parse(text.as_bytes()).unwrap()
        };
        let launch = |image: String| {
            Launch::parse(format!(r#"{{"version": 1, "image": {image}, "privileges": []}}"#).as_bytes())
                .unwrap()
        };
        let identified = profile(format!(r#"{{"id": "{}", "names": ["r.io/x:1"]}}"#, hash('1')));
        let named = profile(r#"{"names": ["r.io/x:1"]}"#.to_owned());
        let by_name = launch(r#"{"reference": "R.io/x:1"}"#.to_owned());
        let by_id = launch(format!(r#"{{"reference": "r.io/x:1", "id": "{}"}}"#, hash('1')));
        let moved = launch(format!(r#"{{"reference": "r.io/x:1", "id": "{}"}}"#, hash('2')));
        let other = launch(r#"{"reference": "r.io/y"}"#.to_owned());
        for (profile, launch, expected) in [
            (&identified, &by_id, ImageMatch::Identity),
            (&identified, &by_name, ImageMatch::Name),
            (&identified, &moved, ImageMatch::Different),
            (&identified, &other, ImageMatch::Nothing),
            (&named, &by_name, ImageMatch::Name),
            (&named, &by_id, ImageMatch::NameOnly),
        ] {
            assert_eq!(profile.image_match(launch), expected, "{launch:?}");
        }
    }
}
