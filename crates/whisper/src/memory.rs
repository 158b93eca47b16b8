//! Memory that goes back to the operating system.

use std::ops::Range;

/// Makes glibc return freed blocks of 4 MiB and more to the system at once. By default, it raises that limit each time it sees
/// such a block, and keeps what is below. Does nothing elsewhere. To be called early, once.
pub fn return_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `mallopt` takes two integers and has no preconditions.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 4 << 20);
    }
}

/// Gives the whole pages of an address range back to the system; on Linux only. They then read as zeros.
///
/// # Safety
/// The range is allocated, and nobody relies on its content any more.
pub(crate) unsafe fn discard(addresses: Range<usize>) {
    #[cfg(target_os = "linux")]
    {
        use rustix::{mm, param};
        let page = param::page_size();
        let (start, end) = (addresses.start.next_multiple_of(page), addresses.end / page * page);
        if start < end {
            // SAFETY: as for the caller. If the call fails, the memory stays as it is.
            let _ = unsafe {
                mm::madvise(std::ptr::with_exposed_provenance_mut(start), end - start, mm::Advice::LinuxDontNeed)
            };
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = addresses;
}

/// A set of addresses: ranges in order, none of which touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AddressRanges(Vec<Range<usize>>);

/// The alignment padding that ggml puts between two tensors is below this.
const PADDING: usize = 128;

impl AddressRanges {
    /// The union of `ranges` and the padding between them.
    pub(crate) fn new(mut ranges: Vec<Range<usize>>) -> AddressRanges {
        ranges.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in ranges.into_iter().filter(|range| !range.is_empty()) {
            match merged.last_mut() {
                Some(last) if range.start < last.end + PADDING => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        AddressRanges(merged)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn contains(&self, address: usize) -> bool {
        self.0.iter().any(|range| range.contains(&address))
    }

    /// Gives all of them back to the system, see [`discard`].
    ///
    /// # Safety
    /// As for [`discard`].
    pub(crate) unsafe fn discard(&self) {
        for range in &self.0 {
            // SAFETY: as for the caller.
            unsafe { discard(range.clone()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn whole_pages_are_given_back() {
        let page = rustix::param::page_size();
        let mut memory = vec![1u8; 4 * page];
        let start = memory.as_mut_ptr().expose_provenance();
        // SAFETY: it is read again, but any content will do.
        unsafe { discard(start + 1..start + 3 * page + 1) };
        let given_back = memory.iter().filter(|byte| **byte == 0).count();
        assert!(given_back == 2 * page || given_back == 3 * page, "{given_back}");
        assert_eq!((memory[0], memory[4 * page - 1]), (1, 1));
    }

    #[test]
    fn less_than_a_page_stays() {
        let mut memory = vec![1u8; 100];
        let start = memory.as_mut_ptr().expose_provenance();
        // SAFETY: as above.
        unsafe { discard(start..start + 100) };
        assert_eq!(memory, [1; 100]);
    }

    #[test]
    fn neighbouring_ranges_become_one() {
        let ranges = AddressRanges::new(vec![4096..8192, 0..4064, 4096..5000, 20_000..20_000, 9000..9001]);
        assert_eq!(ranges, AddressRanges(vec![0..8192, 9000..9001]));
        assert!(ranges.contains(4070) && ranges.contains(9000) && !ranges.contains(9001) && !ranges.contains(20_000));
        assert!(AddressRanges::new(Vec::new()).is_empty());
    }
}
