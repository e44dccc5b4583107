//! Engines that people use for such decisions today, each given the scenario in the form that suits it best. None of
//! them is told of images or findings; none gives evidence.

pub mod cedar;
pub mod cel;
pub mod regorus;
