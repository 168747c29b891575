//! Small files, folders, and the figures of a file system.

use std::fs::{self, File};
use std::io::Read;
use std::time::{Duration, Instant};

use crate::answer::{Answer, FileSystem};
use crate::errno::{name_of, name_of_io};
use crate::offload::{Message, offload};

/// A file system that takes longer is as good as away.
const FILE_SYSTEM_TIMEOUT: Duration = Duration::from_secs(5);

/// Reads at once: what the agent reads is the kernel's and the kubelet's, in memory. Files of /proc have no length,
/// so that it reads until the end or the bound.
pub fn read(path: &str, maximum_bytes: u64) -> Answer {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(maximum_bytes + 1).read_to_end(&mut bytes));
    Answer::File(match read {
        Ok(length) if length as u64 > maximum_bytes => Err(format!("larger than {maximum_bytes} bytes")),
        Ok(_) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) => Err(name_of_io(&error)),
    })
}

pub fn list(path: &str, maximum_entries: usize) -> Answer {
    Answer::Folder(names(path, maximum_entries))
}

fn names(path: &str, maximum_entries: usize) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| name_of_io(&error))? {
        if names.len() >= maximum_entries {
            return Err(format!("more than {maximum_entries} entries"));
        }
        let entry = entry.map_err(|error| name_of_io(&error))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    Ok(names)
}

pub async fn file_system(path: String) -> Answer {
    let ask = move || Message::FileSystem(figures(&path));
    Answer::FileSystem(match offload(Instant::now() + FILE_SYSTEM_TIMEOUT, ask).await {
        Ok(Message::FileSystem(figures)) => figures,
        Ok(Message::Page(_) | Message::Reply(_) | Message::Emptied(_)) => Err(String::from("another answer")),
        Err(fault) => Err(fault.to_string()),
    })
}

fn figures(path: &str) -> Result<FileSystem, String> {
    let figures = rustix::fs::statvfs(path).map_err(name_of)?;
    Ok(FileSystem {
        total_bytes: figures.f_blocks * figures.f_frsize,
        available_bytes: figures.f_bavail * figures.f_frsize,
        total_files: figures.f_files,
        available_files: figures.f_ffree,
    })
}
