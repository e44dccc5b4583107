//! Whether the profile is about another image than the launch.

use super::names::Image;
use super::unscanned::state;
use serde_json::Value;

pub fn mismatch(image: &Image, profile: Option<&Value>) -> bool {
    let Some(profile) = profile else {
        return false;
    };
    if let (Some(launch), Some(profile)) = (&image.launch_id, &image.profile_id) {
        return launch != profile;
    }
    let digests = image.launch_digests();
    if !digests.is_empty() && !image.profile_digests.is_empty() {
        return !digests.iter().all(|digest| image.profile_digests.contains(digest));
    }
    // Nothing could be compared.
    let named = image.launch_id.is_some() || !digests.is_empty();
    let nothing_known = image.profile_id.is_none()
        && image.profile_digests.is_empty()
        && ["not_scanned", "failed", "unsupported"].contains(&state(Some(profile)));
    named && !nothing_known
}
