//! The event loop. Each thing that is under way is a task: a future that waits for one file descriptor, one moment or
//! one message at a time. There are a few dozen at most, so that all of them are looked at in each round.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::os::fd::{AsRawFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use crate::answer::Event;
use crate::fault::Fault;
use crate::offload::Message;

pub type TaskId = u32;

struct Task {
    id: TaskId,
    future: Pin<Box<dyn Future<Output = ()>>>,
    wait: Wait,
    woken: Option<Woken>,
}

#[derive(Default, Clone, Copy)]
struct Wait {
    descriptor: Option<(RawFd, libc::c_short)>,
    until: Option<Instant>,
}

enum Woken {
    Started,
    Ready,
    TimedOut,
    Message(Message),
}

/// Rounds of work that brings new work, before the kernel is asked what else has happened.
const ROUNDS_BETWEEN_POLLS: u32 = 16;

enum Order {
    Start(Task),
    Cancel(TaskId),
    Deliver(TaskId, Message),
}

thread_local! {
    static ORDERS: RefCell<Vec<Order>> = const { RefCell::new(Vec::new()) };
    static EVENTS: RefCell<Vec<Event>> = const { RefCell::new(Vec::new()) };
    static LAST_ID: Cell<TaskId> = const { Cell::new(0) };
    static CURRENT: Cell<TaskId> = const { Cell::new(0) };
    /// How the task that is being polled was woken, and what it waits for next.
    static WOKEN: Cell<Option<Woken>> = const { Cell::new(None) };
    static WAIT: Cell<Option<Wait>> = const { Cell::new(None) };
}

/// Starts a task; it first runs in the next round.
pub fn start<F: Future<Output = ()> + 'static>(make: impl FnOnce(TaskId) -> F) -> TaskId {
    let id = LAST_ID.get().wrapping_add(1);
    LAST_ID.set(id);
    let task = Task { id, future: Box::pin(make(id)), wait: Wait::default(), woken: Some(Woken::Started) };
    give(Order::Start(task));
    id
}

/// Starts a task that answers to the script.
pub fn answer<F: Future<Output = crate::answer::Answer> + 'static>(work: F) -> TaskId {
    start(|id| async move {
        let answer = work.await;
        tell(Event::Answer(id, answer));
    })
}

pub fn cancel(id: TaskId) {
    give(Order::Cancel(id));
}

/// Wakes a task that waits for a message; what nobody waits for any more is dropped.
pub fn deliver(id: TaskId, message: Message) {
    give(Order::Deliver(id, message));
}

/// Hands something to the script.
pub fn tell(event: Event) {
    EVENTS.with_borrow_mut(|events| events.push(event));
}

pub fn current() -> TaskId {
    CURRENT.get()
}

pub async fn readable(descriptor: &impl AsRawFd, until: Instant) -> Result<(), Fault> {
    ready(descriptor.as_raw_fd(), libc::POLLIN, Some(until)).await
}

pub async fn writable(descriptor: &impl AsRawFd, until: Instant) -> Result<(), Fault> {
    ready(descriptor.as_raw_fd(), libc::POLLOUT, Some(until)).await
}

/// Waits without end for something to read.
pub async fn readable_some_time(descriptor: &impl AsRawFd) {
    let _ = ready(descriptor.as_raw_fd(), libc::POLLIN, None).await;
}

pub async fn sleep(until: Instant) {
    Leaf(Some(Wait { descriptor: None, until: Some(until) })).await;
}

pub async fn message(until: Instant) -> Result<Message, Fault> {
    match Leaf(Some(Wait { descriptor: None, until: Some(until) })).await {
        Woken::Message(message) => Ok(message),
        Woken::Started | Woken::Ready | Woken::TimedOut => Err(Fault::TimedOut),
    }
}

async fn ready(descriptor: RawFd, events: libc::c_short, until: Option<Instant>) -> Result<(), Fault> {
    match Leaf(Some(Wait { descriptor: Some((descriptor, events)), until })).await {
        Woken::TimedOut => Err(Fault::TimedOut),
        Woken::Started | Woken::Ready | Woken::Message(_) => Ok(()),
    }
}

/// The one future that really waits: its task is polled again only when what it waits for has come.
struct Leaf(Option<Wait>);

impl Future for Leaf {
    type Output = Woken;

    fn poll(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Woken> {
        if let Some(wait) = self.0.take() {
            WAIT.set(Some(wait));
            return Poll::Pending;
        }
        Poll::Ready(WOKEN.take().unwrap_or(Woken::TimedOut))
    }
}

/// Runs the tasks for ever, and hands on what they tell.
pub fn run(mut tell: impl FnMut(Event)) -> ! {
    let mut tasks: Vec<Task> = Vec::new();
    let mut polled: Vec<libc::pollfd> = Vec::new();
    let mut rounds = 0;
    loop {
        while let Some(event) = EVENTS.with_borrow_mut(|events| (!events.is_empty()).then(|| events.remove(0))) {
            tell(event);
        }
        for order in ORDERS.take() {
            obey(order, &mut tasks);
        }
        if tasks.iter().any(|task| task.woken.is_some()) {
            run_woken(&mut tasks);
        }
        let is_more =
            ORDERS.with_borrow(|orders| !orders.is_empty()) || EVENTS.with_borrow(|events| !events.is_empty());
        rounds = if is_more { rounds + 1 } else { 0 };
        // The kernel is asked once all is done, or now and then where that takes long.
        if !is_more || rounds % ROUNDS_BETWEEN_POLLS == 0 {
            wait(&mut tasks, &mut polled, is_more);
        }
    }
}

fn give(order: Order) {
    ORDERS.with_borrow_mut(|orders| orders.push(order));
}

fn obey(order: Order, tasks: &mut Vec<Task>) {
    match order {
        Order::Start(task) => tasks.push(task),
        Order::Cancel(id) => tasks.retain(|task| task.id != id),
        Order::Deliver(id, message) => {
            if let Some(task) = tasks.iter_mut().find(|task| task.id == id) {
                task.woken = Some(Woken::Message(message));
            }
        }
    }
}

fn run_woken(tasks: &mut Vec<Task>) {
    let mut context = Context::from_waker(Waker::noop());
    let mut index = 0;
    while index < tasks.len() {
        let Some(woken) = tasks[index].woken.take() else {
            index += 1;
            continue;
        };
        let mut task = tasks.swap_remove(index);
        CURRENT.set(task.id);
        WOKEN.set(Some(woken));
        if task.future.as_mut().poll(&mut context).is_pending() {
            task.wait = WAIT.take().unwrap_or_default();
            tasks.push(task);
        }
    }
}

/// Waits for the next thing to happen and marks the tasks that it wakes.
fn wait(tasks: &mut [Task], polled: &mut Vec<libc::pollfd>, at_once: bool) {
    polled.clear();
    for task in tasks.iter() {
        // A negative descriptor is left out by the kernel, so that the places stay those of the tasks.
        let (fd, events) = task.wait.descriptor.unwrap_or((-1, 0));
        polled.push(libc::pollfd { fd, events, revents: 0 });
    }
    let next = tasks.iter().filter_map(|task| task.wait.until).min();
    let timeout = match next {
        _ if at_once => Some(Duration::ZERO),
        Some(until) => Some(until.saturating_duration_since(Instant::now())),
        None => None,
    };
    poll(polled, timeout);
    let now = Instant::now();
    for (task, polled) in tasks.iter_mut().zip(polled.iter()) {
        if polled.revents != 0 {
            task.woken = Some(Woken::Ready);
        } else if task.wait.until.is_some_and(|until| until <= now) {
            task.woken = Some(Woken::TimedOut);
        }
    }
}

fn poll(polled: &mut [libc::pollfd], timeout: Option<Duration>) {
    let timeout = timeout.map(|timeout| libc::timespec {
        tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(timeout.subsec_nanos().cast_signed()),
    });
    let pointer = timeout.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    // SAFETY: both live longer than the call. A failure leaves `revents` as they are: it counts as nothing happened.
    unsafe {
        libc::ppoll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, pointer, std::ptr::null());
    }
}
