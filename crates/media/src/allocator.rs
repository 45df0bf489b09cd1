//! What the process does so that its memory stays level for as long as a programme lasts.
//!
//! A guest's connection is some megabytes in many thousands of small pieces, made and freed between those of everybody who stays: what it leaves
//! in the C library's heap are holes, and glibc gives back by itself only what lies at the very top.

/// Gives the pages of freed memory back to the system, and does nothing where the C library is not glibc.
///
/// Takes some milliseconds, in which whoever allocates on the same arena waits: for when a guest has gone, not for each picture.
pub(crate) fn give_back() {
    #[cfg(target_env = "gnu")]
    trim();
}

#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "glibc has no safe way to say it; the only unsafe code of the workspace")]
fn trim() {
    // SAFETY: may be called at any time and from any thread; it touches free memory alone. Whether something went back is nothing to act on.
    unsafe { libc::malloc_trim(0) };
}
