//! To come.
/// x
pub struct Opened;
/// x
pub struct Recording;
/// x
pub fn open() {}
