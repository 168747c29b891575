//! What tasks are told from outside of the loop, and threads for what the kernel can hold up: a call to a file system
//! whose server is away may not come back for minutes.

use std::cell::RefCell;
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use rustix::event::{EventfdFlags, eventfd};

use crate::answer::{Emptied, FileSystem};
use crate::fault::Fault;
use crate::serve::Page;
use crate::tasks::{self, TaskId};

pub enum Message {
    Page(Option<Page>),
    Reply(Option<Vec<u8>>),
    Emptied(Emptied),
    FileSystem(Result<FileSystem, String>),
}

/// Threads that hang in the kernel stay until it lets them go; beyond these, nothing more is begun.
const MAXIMUM_THREADS: usize = 4;

/// What the calls need, with room; a page is only charged once it is touched. Bytes.
const STACK_BYTES: usize = 65_536;

static RUNNING: AtomicUsize = AtomicUsize::new(0);
static FINISHED: Mutex<Vec<(TaskId, Message)>> = Mutex::new(Vec::new());

thread_local! {
    static BELL: RefCell<Option<OwnedFd>> = const { RefCell::new(None) };
}

/// Does something on a thread of its own, and waits for it for so long.
pub async fn offload(until: Instant, work: impl FnOnce() -> Message + Send + 'static) -> Result<Message, Fault> {
    let bell = bell().map_err(Fault::broken)?;
    let task = tasks::current();
    if RUNNING.load(Ordering::Relaxed) >= MAXIMUM_THREADS {
        return Err(Fault::broken("file systems do not answer"));
    }
    RUNNING.fetch_add(1, Ordering::Relaxed);
    let started = thread::Builder::new().stack_size(STACK_BYTES).spawn(move || {
        let message = work();
        RUNNING.fetch_sub(1, Ordering::Relaxed);
        if let Ok(mut finished) = FINISHED.lock() {
            finished.push((task, message));
        }
        // SAFETY: the bell is never closed.
        unsafe { libc::eventfd_write(bell, 1) };
    });
    if let Err(error) = started {
        RUNNING.fetch_sub(1, Ordering::Relaxed);
        return Err(Fault::broken(error));
    }
    tasks::message(until).await
}

/// The descriptor by which threads wake the loop, with the task that listens to it.
fn bell() -> rustix::io::Result<i32> {
    BELL.with_borrow_mut(|bell| {
        if let Some(bell) = bell {
            return Ok(bell.as_raw_fd());
        }
        let made = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let descriptor = made.as_raw_fd();
        *bell = Some(made);
        tasks::start(move |_| async move {
            loop {
                tasks::readable_some_time(&descriptor).await;
                let mut count = 0;
                // SAFETY: the bell is never closed, and the count outlives the call.
                unsafe { libc::eventfd_read(descriptor, &raw mut count) };
                let finished = FINISHED.lock().map(|mut finished| std::mem::take(&mut *finished));
                for (task, message) in finished.unwrap_or_default() {
                    tasks::deliver(task, message);
                }
            }
        });
        Ok(descriptor)
    })
}
