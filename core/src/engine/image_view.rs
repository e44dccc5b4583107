//! The image of one launch of an assessed image: whether it is the same image, its names, ids and digests, and the
//! line it has in aggregation keys.

use super::assess::AssessmentInner;
use super::scope::image_outside;
use super::steady::Steady;
use crate::decision::{Action, AggregationKey};
use crate::error::{Error, ErrorKind};
use crate::image::{Digest, ImageId, Reference, check_same_image};
use crate::launch::Launch;
use crate::policy::ScopePart;
use crate::policy::exception::ExceptedImage;
use crate::policy::scope::ImageSelectors;
use crate::profile::ScanProfile;
use crate::time::Timestamp;
use arc_swap::ArcSwapOption;
use std::sync::{Arc, OnceLock};

/// What depends on the launch's image and on nothing else of the launch.
#[derive(Debug)]
pub(crate) struct ImageView {
    /// Every form of every name.
    forms: Vec<String>,
    ids: Vec<ImageId>,
    digests: Vec<Digest>,
    /// For each candidate of the assessment the part of its scope that the image is outside of.
    outside: Vec<Option<ScopePart>>,
    steady: Steady,
    /// The image's line in aggregation keys.
    pub(crate) key_image: String,
    /// The last key that was asked for.
    pub(crate) last_key: ArcSwapOption<LastKey>,
}

/// An aggregation key with what it was made of beside the image.
#[derive(Debug)]
pub(crate) struct LastKey {
    pub(crate) policy: usize,
    pub(crate) action: Action,
    pub(crate) day: i64,
    pub(crate) key: AggregationKey,
}

impl ImageView {
    /// # Errors
    /// `image_mismatch` if launch and profile are about different images.
    pub(super) fn new(launch: &Launch, profile: Option<&ScanProfile>) -> Result<Self, Error> {
        if let Some(profile) = profile {
            check_same_image(launch, profile)?;
        }
        let mut ids: Vec<ImageId> = launch.id().into_iter().cloned().collect();
        let mut digests: Vec<Digest> = launch
            .digest()
            .into_iter()
            .chain(launch.reference().and_then(Reference::digest))
            .cloned()
            .collect();
        let mut forms = Vec::new();
        let mut add_forms = |name: &Reference| {
            name.forms(|form| {
                if !forms.iter().any(|known| known == form) {
                    forms.push(form.to_owned());
                }
            });
        };
        launch.reference().into_iter().for_each(&mut add_forms);
        if let Some(profile) = profile {
            profile.names().iter().for_each(&mut add_forms);
            ids.extend(profile.id().cloned());
            digests.extend(profile.digests().iter().cloned());
        }
        let key_image = key_image(launch, profile)?;
        Ok(Self {
            forms,
            ids,
            digests,
            outside: Vec::new(),
            steady: Steady::default(),
            key_image,
            last_key: ArcSwapOption::empty(),
        })
    }

    /// With what an assessment's candidates make of the image.
    pub(super) fn under(mut self, assessment: &AssessmentInner) -> Self {
        let candidates = assessment.candidates();
        let outside =
            candidates.map(|number| image_outside(&assessment.policy(number)?.scope, &self)).collect();
        self.outside = outside;
        self.steady = Steady::of(assessment, &self);
        self
    }

    /// The strictest action over all policies.
    pub(super) fn action(&self, assessment: &AssessmentInner, launch: &Launch, now: Timestamp) -> Action {
        self.steady.action(assessment, launch, self, now)
    }

    /// The part of the scope of the assessment's candidate `number` that the image is outside of.
    pub(super) fn candidate_outside(&self, number: usize) -> Option<ScopePart> {
        self.outside.get(number).copied().flatten()
    }

    /// Whether one of the selectors selects the image.
    pub(super) fn is_selected(&self, selectors: &ImageSelectors) -> bool {
        selectors.ids.iter().any(|id| self.ids.contains(id))
            || selectors.digests.iter().any(|digest| self.digests.contains(digest))
            || selectors.names.iter().any(|glob| self.forms.iter().any(|form| glob.matches(form)))
    }

    /// Whether one of an exception's images is the image.
    pub(super) fn is_excepted(&self, images: &[ExceptedImage]) -> bool {
        images.iter().any(|image| match image {
            ExceptedImage::Hash(hash) => {
                self.ids.iter().any(|id| id.as_str() == hash)
                    || self.digests.iter().any(|digest| digest.as_str() == hash)
            }
            ExceptedImage::Name(glob) => self.forms.iter().any(|form| glob.matches(form)),
        })
    }
}

/// The image in an aggregation key: the first that is known.
fn key_image(launch: &Launch, profile: Option<&ScanProfile>) -> Result<String, Error> {
    let id = launch.id().or_else(|| profile.and_then(ScanProfile::id));
    if let Some(id) = id {
        return Ok(id.as_str().to_owned());
    }
    let digest = launch
        .digest()
        .or_else(|| launch.reference().and_then(Reference::digest))
        .or_else(|| profile.and_then(|profile| profile.digests().first()));
    if let Some(digest) = digest {
        return Ok(digest.as_str().to_owned());
    }
    launch.reference().map(Reference::canonical).ok_or_else(|| {
        Error::at(
            ErrorKind::InvalidLaunch,
            "missing_identity",
            "/image",
            "the launch does not say which image starts: give `reference`, `id` or `digest`",
        )
    })
}

/// How many views an assessment keeps. An image is launched under few names.
const MAX_VIEWS: usize = 64;

/// What a decision keeps of an assessment, in one allocation, so that keeping it costs one counter.
///
/// Threads that decide launches of one image at once would all count on the same cache line; each takes one of a few
/// copies instead. The alignment keeps two of them from sharing a line (or the pair of lines that is fetched
/// together).
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Owned {
    pub(crate) assessment: Arc<AssessmentInner>,
    pub(crate) image: Arc<ImageView>,
}

const COPIES: usize = 8;

/// The copy for this thread: stacks of threads lie apart, by two megabytes and more.
fn my_copy() -> usize {
    let here = 0_u8;
    let address = std::hint::black_box(&raw const here) as usize;
    ((address >> 21) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_shr(61) as usize
}

/// The views of an assessment, by (reference, id, digest) of the launch: a list that only grows, so that reading
/// takes no lock.
#[derive(Debug, Default)]
pub(super) struct ImageViews {
    first: OnceLock<Box<Kept>>,
}

#[derive(Debug)]
struct Kept {
    reference: Option<Reference>,
    id: Option<ImageId>,
    digest: Option<Digest>,
    image: Arc<ImageView>,
    copies: [OnceLock<Arc<Owned>>; COPIES],
    next: OnceLock<Box<Kept>>,
}

impl Kept {
    fn is_of(&self, launch: &Launch) -> bool {
        self.id.as_ref() == launch.id()
            && self.digest.as_ref() == launch.digest()
            && self.reference.as_ref() == launch.reference()
    }

    fn owned(&self, assessment: &Arc<AssessmentInner>) -> Arc<Owned> {
        let make = || Arc::new(Owned { assessment: Arc::clone(assessment), image: Arc::clone(&self.image) });
        self.copies.get(my_copy()).map_or_else(make, |copy| Arc::clone(copy.get_or_init(make)))
    }
}

impl ImageViews {
    fn find(&self, launch: &Launch) -> Option<&Kept> {
        let mut slot = &self.first;
        for _ in 0..MAX_VIEWS {
            let kept = slot.get()?;
            if kept.is_of(launch) {
                return Some(kept);
            }
            slot = &kept.next;
        }
        None
    }

    /// The view of the launch's image, if it is kept already.
    pub(super) fn known(&self, launch: &Launch) -> Option<&ImageView> {
        self.find(launch).map(|kept| &*kept.image)
    }

    /// The view of the launch's image, with the assessment it belongs to.
    ///
    /// # Errors
    /// `image_mismatch`; a mismatch is not kept.
    pub(super) fn get(
        &self,
        launch: &Launch,
        assessment: &Arc<AssessmentInner>,
        make: impl FnOnce() -> Result<ImageView, Error>,
    ) -> Result<Arc<Owned>, Error> {
        if let Some(kept) = self.find(launch) {
            return Ok(kept.owned(assessment));
        }
        let image = Arc::new(make()?);
        let mut new = Box::new(Kept {
            reference: launch.reference().cloned(),
            id: launch.id().cloned(),
            digest: launch.digest().cloned(),
            image: Arc::clone(&image),
            copies: Default::default(),
            next: OnceLock::new(),
        });
        // Another thread may have taken the slot: go on to the next free one.
        let mut slot = &self.first;
        for _ in 0..MAX_VIEWS {
            match slot.set(new) {
                Ok(()) => break,
                Err(refused) => new = refused,
            }
            let Some(kept) = slot.get() else { break };
            slot = &kept.next;
        }
        Ok(Arc::new(Owned { assessment: Arc::clone(assessment), image }))
    }
}

impl Drop for ImageViews {
    /// Link by link: a long list must not be dropped recursively.
    fn drop(&mut self) {
        let mut next = self.first.take();
        while let Some(mut kept) = next {
            next = kept.next.take();
        }
    }
}
