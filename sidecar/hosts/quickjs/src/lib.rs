//! The agent's host on QuickJS: one thread with an event loop of its own, and no runtime beyond that, since this
//! runs in every pod. The core's side of it is `host.ts`.

mod answer;
mod connection;
mod converse;
mod empty_folder;
mod errno;
mod fault;
mod files;
mod http;
mod names;
mod natives;
#[cfg(test)]
mod noise;
mod offload;
mod post;
mod print;
mod request;
mod script;
mod serve;
mod stop;
mod tasks;
mod tls;

/// Runs a script until it asks to exit.
pub fn run(source: &str) -> ! {
    keep_heap_small();
    stop::watch();
    let script = script::Script::start(source);
    tasks::run(|event| script.tell(event))
}

/// glibc keeps what was freed for later, by the megabyte: an agent gives it back. Bytes.
fn keep_heap_small() {
    // SAFETY: numbers only, before any other thread is there.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 65_536);
        libc::mallopt(libc::M_TOP_PAD, 16_384);
        libc::mallopt(libc::M_MMAP_THRESHOLD, 65_536);
    }
}
