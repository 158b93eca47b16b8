//! What the process does with signals.

/// Whether this process ignores the signal of this number, e.g. because `nohup` started it so. `false` if there is no such signal.
pub fn is_ignored(signal: i32) -> bool {
    // SAFETY: all fields of `sigaction` may be zero.
    let mut now: libc::sigaction = unsafe { std::mem::zeroed() };
    // SAFETY: without a new action, `sigaction` only writes the present one to `now`.
    let asked = unsafe { libc::sigaction(signal, std::ptr::null(), &raw mut now) };
    asked == 0 && now.sa_sigaction == libc::SIG_IGN
}

#[cfg(test)]
mod tests {
    use super::is_ignored;

    #[test]
    fn rust_ignores_broken_pipes_and_nothing_else() {
        assert!(is_ignored(libc::SIGPIPE));
        assert!(!is_ignored(libc::SIGTERM));
        assert!(!is_ignored(100_000));
    }
}
