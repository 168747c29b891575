//! A conversation in bytes that the script leads: it says something, is given each piece that comes, and answers or has
//! heard enough.

use std::time::Instant;

use crate::answer::{Answer, Event};
use crate::connection::Connection;
use crate::fault::Fault;
use crate::offload::Message;
use crate::request::{Target, no_answer, open};
use crate::tasks;

pub struct Conversation {
    pub target: Target,
    pub opening: Vec<u8>,
    pub maximum_bytes: usize,
}

const PIECE_BYTES: usize = 2_048;

pub async fn converse(asked: Conversation) -> Answer {
    let until = Instant::now() + asked.target.timeout;
    match open(&asked.target, until).await {
        Ok(connection) => match talk(connection, &asked, until).await {
            Ok(()) => Answer::Heard,
            Err(fault) => Answer::None(no_answer("closed", &fault)),
        },
        Err(no_answer) => Answer::None(no_answer),
    }
}

async fn talk(mut connection: Connection, asked: &Conversation, until: Instant) -> Result<(), Fault> {
    connection.write(&asked.opening, until).await?;
    connection.answered(until).await?;
    let mut heard = 0;
    loop {
        let mut piece = [0; PIECE_BYTES];
        let length = connection.read(&mut piece, until).await?;
        if length == 0 {
            return Err(Fault::broken("connection ended before enough was heard"));
        }
        heard += length;
        let Some(reply) = hand_over(piece[..length].to_vec(), until).await? else {
            connection.forget_when_closed();
            return Ok(());
        };
        if heard >= asked.maximum_bytes {
            return Err(Fault::broken("answer is too long"));
        }
        connection.write(&reply, until).await?;
    }
}

/// What the script says to a piece; nothing where it has heard enough.
async fn hand_over(piece: Vec<u8>, until: Instant) -> Result<Option<Vec<u8>>, Fault> {
    tasks::tell(Event::Piece(tasks::current(), piece));
    match tasks::message(until).await? {
        Message::Reply(reply) => Ok(reply),
        Message::Page(_) | Message::Emptied(_) | Message::FileSystem(_) => Ok(None),
    }
}
