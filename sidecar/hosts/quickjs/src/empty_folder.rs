//! Removes what is in a folder, on a thread of its own. Each folder is opened by its name within the one above it and
//! never through a link, so that an app that swaps a folder for a link meanwhile leads nowhere. Other file systems that
//! are mounted inside are left alone.

use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, Stat, fstat, openat, statat, unlinkat};
use rustix::io::Errno;
use rustix::path::Arg;

use crate::answer::{Answer, Emptied};
use crate::errno::name_of;
use crate::offload::{Message, offload};

/// Folders inside folders, each of which is held open while what is below it goes.
const MAXIMUM_DEPTH: usize = 64;

/// Linux counts the blocks of a file in this unit, whatever the file system's own is.
const BLOCK_BYTES: u64 = 512;

/// Names that are read at once. Bytes; the longest name is 255.
const NAMES_BYTES: usize = 4_096;

/// How much longer than it was given a thread may take to come back, for one slow file.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Request {
    pub root: String,
    pub folders: Vec<String>,
    pub maximum_entries: u64,
    pub timeout: Duration,
}

pub async fn empty_folder(asked: Request) -> Answer {
    let until = Instant::now() + asked.timeout;
    let failed = |problem: String| Emptied { removed_entries: 0, freed_bytes: 0, problem: Some(problem) };
    let work = move || Message::Emptied(Work::of(&asked, until).run(&asked));
    Answer::Emptied(match offload(until + PATIENCE, work).await {
        Ok(Message::Emptied(emptied)) => emptied,
        Ok(Message::Page(_) | Message::Reply(_) | Message::FileSystem(_)) => failed(String::from("another answer")),
        Err(fault) => failed(fault.to_string()),
    })
}

/// Why an entry or a folder stays.
enum Problem {
    Errno(Errno),
    Other(String),
}

impl From<Errno> for Problem {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}

struct Level {
    folder: OwnedFd,
    /// Its name in the level above; nothing for the folder that is emptied and stays.
    name: Option<CString>,
    names: Vec<CString>,
}

impl Level {
    fn of(folder: OwnedFd, name: Option<CString>) -> Self {
        Self { folder, name, names: Vec::new() }
    }

    /// The next name; they are read a few at a time, so that a folder's length costs no memory.
    fn next(&mut self) -> Result<Option<CString>, Problem> {
        if self.names.is_empty() {
            let mut buffer = [MaybeUninit::uninit(); NAMES_BYTES];
            let mut entries = RawDir::new(&self.folder, &mut buffer);
            while let Some(entry) = entries.next() {
                let entry = entry?;
                if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
                    self.names.push(entry.file_name().to_owned());
                }
                if entries.is_buffer_empty() && !self.names.is_empty() {
                    break;
                }
            }
        }
        Ok(self.names.pop())
    }
}

/// One emptying and how far it has come.
struct Work {
    maximum_entries: u64,
    until: Instant,
    device: u64,
    looked: u64,
    emptied: Emptied,
}

impl Work {
    fn of(asked: &Request, until: Instant) -> Self {
        let emptied = Emptied { removed_entries: 0, freed_bytes: 0, problem: None };
        Self { maximum_entries: asked.maximum_entries, until, device: 0, looked: 0, emptied }
    }

    fn run(mut self, asked: &Request) -> Emptied {
        if let Err(problem) = self.find(asked).and_then(|folder| self.remove_below(folder)) {
            self.note(problem, true);
        }
        self.emptied
    }

    fn find(&mut self, asked: &Request) -> Result<OwnedFd, Problem> {
        let mut folder = open(CWD, asked.root.as_str())?;
        for name in &asked.folders {
            if matches!(name.as_str(), "" | "." | "..") || name.contains('/') {
                return Err(Problem::Other(String::from("not a folder’s name")));
            }
            folder = open(&folder, name.as_str())?;
        }
        self.device = fstat(&folder)?.st_dev;
        Ok(folder)
    }

    /// Goes down into folders and comes back up to remove them, without recursion, until a bound is met.
    fn remove_below(&mut self, folder: OwnedFd) -> Result<(), Problem> {
        let mut levels = vec![Level::of(folder, None)];
        while let Some(level) = levels.last_mut() {
            let next = level.next().unwrap_or_else(|problem| {
                self.note(problem, false);
                None
            });
            let Some(name) = next else {
                let left = levels.pop().and_then(|level| level.name);
                if let (Some(name), Some(above)) = (left, levels.last()) {
                    self.leave(above, &name);
                }
                continue;
            };
            if self.looked >= self.maximum_entries {
                return Err(Problem::Other(format!("more than {} entries", self.maximum_entries)));
            }
            if Instant::now() > self.until {
                return Err(Problem::Other(String::from("not done in time")));
            }
            self.looked += 1;
            let depth = levels.len();
            match self.remove(&levels[depth - 1].folder, &name, depth) {
                Ok(None) => {}
                Ok(Some(folder)) => levels.push(Level::of(folder, Some(name))),
                Err(problem) => self.note(problem, false),
            }
        }
        Ok(())
    }

    /// Removes what is no folder; opens what is one.
    fn remove(&mut self, above: &OwnedFd, name: &CString, depth: usize) -> Result<Option<OwnedFd>, Problem> {
        let stat = statat(above, name, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(stat.st_mode) != FileType::Directory {
            unlinkat(above, name, AtFlags::empty())?;
            self.count(&stat);
            return Ok(None);
        }
        if stat.st_dev != self.device {
            return Err(Problem::Other(String::from("another file system is mounted inside")));
        }
        if depth >= MAXIMUM_DEPTH {
            return Err(Problem::Other(format!("folders are nested deeper than {MAXIMUM_DEPTH}")));
        }
        Ok(Some(open(above, name)?))
    }

    /// A folder that still holds something stays, which was noted when that something was met.
    fn leave(&mut self, above: &Level, name: &CString) {
        match unlinkat(&above.folder, name, AtFlags::REMOVEDIR) {
            Ok(()) => self.emptied.removed_entries += 1,
            Err(errno) => self.note(Problem::Errno(errno), false),
        }
    }

    fn count(&mut self, stat: &Stat) {
        self.emptied.removed_entries += 1;
        if stat.st_nlink == 1 {
            self.emptied.freed_bytes += stat.st_blocks.cast_unsigned() * BLOCK_BYTES;
        }
    }

    /// The first problem is kept. What is gone already was removed by the app itself, unless it is the folder asked for.
    fn note(&mut self, problem: Problem, is_last: bool) {
        let text = match problem {
            Problem::Errno(Errno::NOENT) if !is_last => return,
            Problem::Errno(errno) => name_of(errno),
            Problem::Other(text) => text,
        };
        // A bound that ends the work is said in place of what was met on the way.
        if is_last || self.emptied.problem.is_none() {
            self.emptied.problem = Some(text);
        }
    }
}

fn open(above: impl std::os::fd::AsFd, name: impl Arg) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(above, name, flags, Mode::empty())
}
