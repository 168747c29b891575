//! What the script is told, and how it looks there. The shapes are those of `sidecar/host.ts`.

use rquickjs::{Array, Ctx, IntoJs, Object, Result, Value};

use crate::tasks::TaskId;

pub enum Event {
    /// What a task that the script started came to.
    Answer(TaskId, Answer),
    /// Somebody asks for a page; the answer goes to this task.
    Page(TaskId, String),
    /// The next of what a partner in conversation says.
    Piece(TaskId, Vec<u8>),
    Stop,
}

pub enum Answer {
    Fired,
    Http { status: u16, location: Option<String> },
    Connected,
    Heard,
    None(NoAnswer),
    Post { status: u16, retry_after_seconds: Option<f64>, body: String },
    Failed(String),
    File(std::result::Result<String, String>),
    Folder(std::result::Result<Vec<String>, String>),
    FileSystem(std::result::Result<FileSystem, String>),
    Emptied(Emptied),
    Served(Option<String>),
}

pub struct NoAnswer {
    /// `refused`, `timeout` or `closed`.
    pub outcome: &'static str,
    pub message: String,
}

pub struct FileSystem {
    pub total_bytes: u64,
    pub available_bytes: u64,
    pub total_files: u64,
    pub available_files: u64,
}

pub struct Emptied {
    pub removed_entries: u64,
    pub freed_bytes: u64,
    pub problem: Option<String>,
}

impl<'js> IntoJs<'js> for Answer {
    fn into_js(self, context: &Ctx<'js>) -> Result<Value<'js>> {
        let object = Object::new(context.clone())?;
        match self {
            Self::Fired => return Ok(Value::new_undefined(context.clone())),
            Self::Served(problem) => return problem.into_js(context),
            Self::Http { status, location } => {
                object.set("outcome", "answer")?;
                object.set("status", status)?;
                object.set("location", location)?;
            }
            Self::Connected => object.set("outcome", "connected")?,
            Self::Heard => object.set("outcome", "heard")?,
            Self::None(NoAnswer { outcome, message }) => {
                object.set("outcome", outcome)?;
                object.set("message", message)?;
            }
            Self::Post { status, retry_after_seconds, body } => {
                object.set("outcome", "answer")?;
                object.set("status", status)?;
                object.set("retryAfterSeconds", retry_after_seconds)?;
                object.set("body", body)?;
            }
            Self::Failed(message) => {
                object.set("outcome", "failed")?;
                object.set("message", message)?;
            }
            Self::File(Ok(text)) => object.set("text", text)?,
            Self::Folder(Ok(names)) => {
                let array = Array::new(context.clone())?;
                for (index, name) in names.into_iter().enumerate() {
                    array.set(index, name)?;
                }
                object.set("names", array)?;
            }
            Self::FileSystem(Ok(figures)) => {
                object.set("totalBytes", number(figures.total_bytes))?;
                object.set("availableBytes", number(figures.available_bytes))?;
                object.set("totalFiles", number(figures.total_files))?;
                object.set("availableFiles", number(figures.available_files))?;
            }
            Self::File(Err(problem)) | Self::Folder(Err(problem)) | Self::FileSystem(Err(problem)) => {
                object.set("problem", problem)?;
            }
            Self::Emptied(emptied) => {
                object.set("removedEntries", number(emptied.removed_entries))?;
                object.set("freedBytes", number(emptied.freed_bytes))?;
                object.set("problem", emptied.problem)?;
            }
        }
        Ok(object.into_value())
    }
}

/// Exact up to 2^53, as every number of the script.
#[allow(clippy::cast_precision_loss)]
fn number(count: u64) -> f64 {
    count as f64
}
