//! How targets read: with an image that is named, so that no report is refused for naming none.

use imagegate::{ImageIdentity, LaunchImage};
use imagegate_readers::{launch, profile};

pub(crate) fn profile() -> profile::Options {
    profile::Options::default().with_image(ImageIdentity::of("a:1").unwrap())
}

pub(crate) fn launch() -> launch::Options {
    let image = LaunchImage { reference: Some("a:1".to_owned()), ..LaunchImage::default() };
    launch::Options::default().with_image(image)
}
