//! Engines that people use for such decisions today, each given the scenario in the form that suits it best. None of
//! them is told of images or findings; none gives evidence.

#[cfg(feature = "cedar")]
pub mod cedar;
#[cfg(feature = "cel")]
pub mod cel;
#[cfg(feature = "regorus")]
mod rego;
#[cfg(feature = "regorus")]
pub mod regorus_indexed;
#[cfg(feature = "regorus")]
pub mod regorus_plain;

use crate::scenario::Scenario;

/// An engine with everything in place.
pub struct Peer {
    pub name: &'static str,
    /// The ids of the policies that hit, in any order.
    pub decide: Box<dyn FnMut() -> Vec<String>>,
}

/// All that were built in.
pub fn all(scenario: &Scenario) -> Vec<Peer> {
    let mut peers: Vec<Peer> = Vec::new();
    let mut add = |name, decide: Box<dyn FnMut() -> Vec<String>>| peers.push(Peer { name, decide });
    #[cfg(feature = "cedar")]
    {
        let peer = cedar::Peer::new(scenario);
        add("peer: cedar-policy, prepared (no evidence)", Box::new(move || peer.decide()));
    }
    #[cfg(feature = "regorus")]
    {
        let mut peer = regorus_indexed::new(scenario);
        add("peer: regorus RVM, indexed Rego (no evidence)", Box::new(move || peer.decide()));
        let mut peer = regorus_plain::new(scenario);
        add("peer: regorus RVM, plain Rego (no evidence)", Box::new(move || peer.decide()));
    }
    #[cfg(feature = "cel")]
    {
        let peer = cel::Peer::new(scenario);
        add("peer: cel, key sets (no evidence)", Box::new(move || peer.decide()));
    }
    peers
}
