//! One request and its answer on a connection that is open.

use std::time::Instant;

use super::body::Body;
use super::head::{self, Head};
use crate::connection::Connection;
use crate::fault::Fault;

const PIECE_BYTES: usize = 2_048;

/// Most interim answers (1xx) before the real one.
const MAXIMUM_INTERIM: usize = 8;

pub struct Answer {
    pub head: Head,
    pub body: Vec<u8>,
    /// Whether a next request may be sent on the connection.
    pub reusable: bool,
}

/// How much of a body is read, and what comes of a longer one.
#[derive(Clone, Copy)]
pub enum Bound {
    /// The rest is left unread, and nothing of it is kept.
    Skip(usize),
    /// A longer body is a fault.
    Keep(usize),
}

/// An exchange that failed, and whether anything of an answer had come by then.
pub struct Failed {
    pub fault: Fault,
    pub unanswered: bool,
}

pub async fn exchange(
    connection: &mut Connection,
    request: &[u8],
    bound: Bound,
    until: Instant,
) -> Result<Answer, Failed> {
    let mut come = Vec::new();
    match talk(connection, request, bound, until, &mut come).await {
        Ok(answer) => Ok(answer),
        Err(fault) => Err(Failed { fault, unanswered: come.is_empty() }),
    }
}

async fn talk(
    connection: &mut Connection,
    request: &[u8],
    bound: Bound,
    until: Instant,
    come: &mut Vec<u8>,
) -> Result<Answer, Fault> {
    connection.write(request, until).await?;
    connection.answered(until).await?;
    let (head, length) = read_head(connection, until, come).await?;
    read_body(connection, head, &come[length..], bound, until).await
}

async fn read_head(connection: &mut Connection, until: Instant, come: &mut Vec<u8>) -> Result<(Head, usize), Fault> {
    let mut interim = 0;
    loop {
        if !come.is_empty()
            && let Some((head, length)) = head::parse(come).map_err(Fault::Broken)?
        {
            // 101 would be the start of another protocol, which nobody asked for.
            if head.status >= 200 || head.status == 101 || interim >= MAXIMUM_INTERIM {
                return Ok((head, length));
            }
            interim += 1;
            come.drain(..length);
            continue;
        }
        let mut piece = [0; PIECE_BYTES];
        let length = connection.read(&mut piece, until).await?;
        if length == 0 {
            return Err(Fault::broken("connection ended without an answer"));
        }
        come.extend_from_slice(&piece[..length]);
    }
}

async fn read_body(
    connection: &mut Connection,
    head: Head,
    first: &[u8],
    bound: Bound,
    until: Instant,
) -> Result<Answer, Fault> {
    let (mut body, mut read, mut kept) = (Body::new(head.framing), 0, Vec::new());
    let mut take = |body: &mut Body, input: &[u8]| -> Result<bool, Fault> {
        let clean = body.take(input, |bytes| {
            read += bytes.len();
            if let Bound::Keep(maximum) = bound
                && read <= maximum
            {
                kept.extend_from_slice(bytes);
            }
        });
        match (clean.map_err(Fault::broken)?, bound) {
            (_, Bound::Keep(maximum)) if read > maximum => Err(Fault::broken("answer is too long")),
            (clean, Bound::Keep(_)) => Ok(clean),
            (clean, Bound::Skip(maximum)) => Ok(clean && read < maximum),
        }
    };
    let mut clean = take(&mut body, first)?;
    while clean && !body.is_done() {
        let mut piece = [0; PIECE_BYTES];
        let length = connection.read(&mut piece, until).await?;
        if length > 0 {
            clean = take(&mut body, &piece[..length])?;
        } else if body.ends_with_connection() && (connection.ended_cleanly() || matches!(bound, Bound::Skip(_))) {
            break;
        } else {
            return Err(Fault::broken("answer ended early"));
        }
    }
    let reusable = head.kept && clean && body.is_done();
    Ok(Answer { head, body: kept, reusable })
}
