//! What the script can call: the functions of `Native` in `host.ts`. Each that starts something gives back an id, under
//! which the answer comes.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rquickjs::{Array, Ctx, FromJs, Function, Object, Result, String as Text, TypedArray, Value};
use rustix::process::{Pid, Signal, getpid, kill_process};

use crate::answer::Answer;
use crate::converse::{Conversation, converse};
use crate::empty_folder::{self, empty_folder};
use crate::files;
use crate::offload::Message;
use crate::post::{Line, Post, SharedLine, post};
use crate::print;
use crate::request::{self, Request, Target};
use crate::serve::{self, Page};
use crate::tasks::{self, TaskId};

/// Longest wait that is meant; a timer beyond it would be a mistake.
const MAXIMUM_WAIT: Duration = Duration::from_secs(30 * 86_400);

pub fn register<'js>(context: &Ctx<'js>) -> Result<Object<'js>> {
    let native = Object::new(context.clone())?;
    native.set("variables", variables(context)?)?;
    let began = Instant::now();
    native.set("monotonic", Function::new(context.clone(), move || began.elapsed().as_secs_f64() * 1000.0)?)?;
    native.set("random", Function::new(context.clone(), random)?)?;
    native.set("after", Function::new(context.clone(), after)?)?;
    native.set("cancel", Function::new(context.clone(), tasks::cancel)?)?;
    native.set(
        "request",
        Function::new(context.clone(), |asked: Object<'_>| {
            request_of(&asked).map(|asked| tasks::answer(request::request(asked)))
        })?,
    )?;
    native.set(
        "connect",
        Function::new(context.clone(), |asked: Object<'_>| {
            target_of(&asked).map(|target| tasks::answer(request::connect(target)))
        })?,
    )?;
    native.set(
        "converse",
        Function::new(context.clone(), |asked: Object<'_>| {
            conversation_of(&asked).map(|asked| tasks::answer(converse(asked)))
        })?,
    )?;
    native.set(
        "reply",
        Function::new(context.clone(), |id: TaskId, bytes: Option<TypedArray<'_, u8>>| {
            tasks::deliver(id, Message::Reply(bytes.map(|bytes| bytes_of(&bytes))));
        })?,
    )?;
    for name in ["post", "poll"] {
        let line: SharedLine = Rc::new(RefCell::new(Line::default()));
        native.set(
            name,
            Function::new(context.clone(), move |asked: Object<'_>| {
                post_of(&asked).map(|asked| tasks::answer(post(line.clone(), asked)))
            })?,
        )?;
    }
    native.set(
        "readFile",
        Function::new(context.clone(), |path: Lossy, maximum: f64| at_once(files::read(&path.0, whole(maximum))))?,
    )?;
    native.set(
        "listFolder",
        Function::new(context.clone(), |path: Lossy, maximum: f64| {
            at_once(files::list(&path.0, usize::try_from(whole(maximum)).unwrap_or(usize::MAX)))
        })?,
    )?;
    native
        .set("fileSystem", Function::new(context.clone(), |path: Lossy| tasks::answer(files::file_system(path.0)))?)?;
    native.set(
        "emptyFolder",
        Function::new(context.clone(), |asked: Object<'_>| {
            emptying_of(&asked).map(|asked| tasks::answer(empty_folder(asked)))
        })?,
    )?;
    native.set("signal", Function::new(context.clone(), |id: f64, kill: bool| signal(id, kill))?)?;
    native.set("serve", Function::new(context.clone(), |port: u16| at_once(serve::serve(port)))?)?;
    native.set("answerPage", Function::new(context.clone(), answer_page)?)?;
    native.set("print", Function::new(context.clone(), |line: Lossy| print::line(&line.0))?)?;
    native.set("exit", Function::new(context.clone(), |code: i32| -> () { print::exit(code) })?)?;
    Ok(native)
}

/// Text of the script. Half of a surrogate pair, which a probe's header may hold, is replaced.
struct Lossy(String);

impl<'js> FromJs<'js> for Lossy {
    fn from_js(context: &Ctx<'js>, value: Value<'js>) -> Result<Self> {
        let text = Text::from_js(context, value)?.to_cstring()?;
        // SAFETY: QuickJS gives the pointer together with the length, and both live until the end of this function.
        let bytes = unsafe { std::slice::from_raw_parts(text.as_ptr().cast::<u8>(), text.len()) };
        Ok(Self(String::from_utf8_lossy(bytes).into_owned()))
    }
}

fn variables<'js>(context: &Ctx<'js>) -> Result<Object<'js>> {
    let variables = Object::new(context.clone())?;
    for (name, value) in std::env::vars_os() {
        variables.set(name.to_string_lossy().as_ref(), value.to_string_lossy().as_ref())?;
    }
    Ok(variables)
}

/// As many bytes of the kernel's randomness.
pub fn random_bytes<const LENGTH: usize>() -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    // It can fail before the kernel has booted only; zeros then spread nothing, and harm nothing.
    let _ = rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty());
    bytes
}

/// 0 ≤ x < 1, by as many bits as a number of the script has.
#[allow(clippy::cast_precision_loss)]
fn random() -> f64 {
    (u64::from_ne_bytes(random_bytes()) >> 11) as f64 / (1_u64 << 53) as f64
}

fn after(milliseconds_: f64) -> TaskId {
    let until = Instant::now() + milliseconds(milliseconds_);
    tasks::answer(async move {
        tasks::sleep(until).await;
        Answer::Fired
    })
}

fn at_once(answer: Answer) -> TaskId {
    tasks::answer(async move { answer })
}

/// An id that is not of one other process is nobody's: it would mean many.
fn signal(id: f64, kill: bool) -> &'static str {
    if id.fract() != 0.0 || !(2.0..=f64::from(i32::MAX)).contains(&id) {
        return "refused";
    }
    #[allow(clippy::cast_possible_truncation)]
    let Some(pid) = Pid::from_raw(id as i32).filter(|pid| *pid != getpid()) else { return "refused" };
    let signal = if kill { Signal::KILL } else { Signal::TERM };
    match kill_process(pid, signal) {
        Ok(()) => "sent",
        Err(rustix::io::Errno::SRCH) => "gone",
        Err(_) => "refused",
    }
}

fn answer_page(id: TaskId, page: Option<Object<'_>>) -> Result<()> {
    let page = match page {
        Some(page) => Some(Page {
            status: page.get("status")?,
            content_type: text(&page, "contentType")?,
            body: text(&page, "body")?,
        }),
        None => None,
    };
    tasks::deliver(id, Message::Page(page));
    Ok(())
}

fn request_of(asked: &Object<'_>) -> Result<Request> {
    let mut headers = Vec::new();
    for header in asked.get::<_, Array<'_>>("headers")?.iter::<Object<'_>>() {
        let header = header?;
        headers.push((text(&header, "name")?, text(&header, "value")?));
    }
    Ok(Request {
        secure: asked.get("secure")?,
        target: target_of(asked)?,
        path: text(asked, "path")?,
        headers,
        maximum_body_bytes: size(asked, "maximumBodyBytes")?,
    })
}

fn target_of(asked: &Object<'_>) -> Result<Target> {
    Ok(Target {
        address: text(asked, "address")?,
        port: u16::try_from(whole(asked.get("port")?)).ok(),
        timeout: timeout(asked)?,
    })
}

fn conversation_of(asked: &Object<'_>) -> Result<Conversation> {
    Ok(Conversation {
        target: target_of(asked)?,
        opening: bytes_of(&asked.get("opening")?),
        maximum_bytes: size(asked, "maximumBytes")?,
    })
}

fn bytes_of(array: &TypedArray<'_, u8>) -> Vec<u8> {
    // SAFETY: the script does not run before the bytes have been copied.
    unsafe { array.as_bytes() }.unwrap_or_default().to_vec()
}

fn post_of(asked: &Object<'_>) -> Result<Post> {
    Ok(Post {
        url: text(asked, "url")?,
        authorities: text(asked, "authorities")?,
        bearer_token: text(asked, "bearerToken")?,
        body: text(asked, "body")?,
        timeout: timeout(asked)?,
        maximum_answer_bytes: size(asked, "maximumAnswerBytes")?,
    })
}

fn emptying_of(asked: &Object<'_>) -> Result<empty_folder::Request> {
    let folders: Result<Vec<Lossy>> = asked.get::<_, Array<'_>>("folders")?.iter::<Lossy>().collect();
    Ok(empty_folder::Request {
        root: text(asked, "root")?,
        folders: folders?.into_iter().map(|name| name.0).collect(),
        maximum_entries: whole(asked.get("maximumEntries")?),
        timeout: timeout(asked)?,
    })
}

fn text(object: &Object<'_>, key: &str) -> Result<String> {
    object.get::<_, Lossy>(key).map(|text| text.0)
}

fn size(object: &Object<'_>, key: &str) -> Result<usize> {
    Ok(usize::try_from(whole(object.get(key)?)).unwrap_or(usize::MAX))
}

fn timeout(object: &Object<'_>) -> Result<Duration> {
    object.get("timeoutMilliseconds").map(milliseconds)
}

fn milliseconds(count: f64) -> Duration {
    Duration::try_from_secs_f64(count.max(0.0) / 1000.0).unwrap_or(MAXIMUM_WAIT).min(MAXIMUM_WAIT)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(count: f64) -> u64 {
    count as u64
}
