//! SIGTERM and SIGINT as events. Process 1 of a container gets no signal that it doesn't ask for; a blocked one that
//! a descriptor waits for is asked for.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use crate::answer::Event;
use crate::tasks;

pub fn watch() {
    let Some(signals) = descriptor() else { return };
    tasks::start(|_| async move {
        loop {
            tasks::readable_some_time(&signals).await;
            let mut info = [0_u8; size_of::<libc::signalfd_siginfo>()];
            // SAFETY: the buffer is as long as is said.
            unsafe { libc::read(signals.as_raw_fd(), info.as_mut_ptr().cast(), info.len()) };
            tasks::tell(Event::Stop);
        }
    });
}

fn descriptor() -> Option<OwnedFd> {
    // SAFETY: the set is made by the C library before it is used; a descriptor that is not negative is ours alone.
    unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        libc::sigaddset(&raw mut set, libc::SIGTERM);
        libc::sigaddset(&raw mut set, libc::SIGINT);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        let descriptor = libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        (descriptor >= 0).then(|| OwnedFd::from_raw_fd(descriptor))
    }
}
