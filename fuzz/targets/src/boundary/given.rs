//! What goes into a call.

use crate::documents::FIXED;
use arbitrary::Arbitrary;
use std::ffi::c_char;
use std::ptr::null;
use std::sync::LazyLock;

#[derive(Arbitrary, Debug)]
pub(super) enum Text {
    /// A document that is right for the call.
    Good(u8),
    /// The bytes of the case.
    Bytes,
    /// A right document with a byte of it changed, or cut off.
    Damaged {
        which: u8,
        at: u16,
        byte: u8,
        cut: bool,
    },
    Empty,
    Null,
    /// NULL with a length.
    NullWithLength,
    /// Longer than any object.
    TooLong,
}

/// Documents that are read, three kinds beside each other.
static GOOD: LazyLock<[Vec<Vec<u8>>; 3]> = LazyLock::new(|| {
    let reports: [&[u8]; 3] = [
        include_bytes!("../../../../testdata/reports/trivy-image.json"),
        include_bytes!("../../../../testdata/reports/grype-minimal.json"),
        include_bytes!("../../../../testdata/reports/clamav-infected.txt"),
    ];
    let launches: [&[u8]; 3] = [
        include_bytes!("../../../../testdata/launches/docker-create-dangerous.json"),
        include_bytes!("../../../../testdata/launches/kubernetes-pod-plain.yaml"),
        include_bytes!("../../../../testdata/launches/oci-runtime-plain.json"),
    ];
    let policies: [&[u8]; 3] = [
        include_bytes!("../../../../core/tests/reference/contract/policies.json"),
        include_bytes!("../../../../examples/policies.json"),
        br#"{"version": 1}"#,
    ];
    let own = |own: Vec<u8>, others: [&[u8]; 3]| {
        std::iter::once(own).chain(others.map(<[u8]>::to_vec)).collect::<Vec<_>>()
    };
    [
        policies.map(<[u8]>::to_vec).to_vec(),
        own(FIXED.profile.to_json().into_bytes(), reports),
        own(FIXED.launch.to_json().into_bytes(), launches),
    ]
});

pub(super) const FORMATS: [&[u8]; 6] = [b"", b"trivy", b"docker-create", b"kubernetes", b"nothing", b"\xFF"];
pub(super) const IMAGES: [&[u8]; 6] = [
    b"registry.example.com/shop/cart:1.4.2",
    b"sha256:b7c6f7551622d6a6ec8b52da3428ec9a1a3bdcc5c5b6e3e1605d858b4fe78dca",
    b"nginx",
    b"",
    b"a b",
    b"\xFF",
];

/// What goes in: a pointer and a length, and the bytes in a block of their own, past whose end nothing may be read.
pub(super) struct Given {
    pub(super) block: Box<[u8]>,
    pub(super) data: *const c_char,
    pub(super) len: usize,
}

impl Text {
    pub(super) fn given(&self, kind: usize, bytes: &[u8]) -> Given {
        let good = |which: u8| GOOD[kind][usize::from(which) % GOOD[kind].len()].clone();
        let block = match self {
            Self::Good(which) => good(*which),
            Self::Bytes => bytes.to_vec(),
            Self::Damaged { which, at, byte, cut } => {
                let mut text = good(*which);
                let at = usize::from(*at) % text.len();
                text[at] = *byte;
                if *cut {
                    text.truncate(at);
                }
                text
            }
            Self::Empty | Self::TooLong => vec![0; usize::from(matches!(self, Self::TooLong))],
            Self::Null => return Given { block: Box::default(), data: null(), len: 0 },
            Self::NullWithLength => return Given { block: Box::default(), data: null(), len: 7 },
        };
        let mut given = Given::of(&block);
        if matches!(self, Self::TooLong) {
            given.len = usize::MAX;
        }
        given
    }
}

impl Given {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let block: Box<[u8]> = bytes.into();
        Self { data: block.as_ptr().cast(), len: block.len(), block }
    }

    /// Overwrites what was given: the library has copied what it needs.
    pub(super) fn done(mut self) {
        self.block.fill(b'#');
    }
}

pub(super) fn word(words: &[&[u8]], which: u8) -> Given {
    Given::of(words[usize::from(which) % words.len()])
}
