//! The agent's own pages: GET, one request a connection, few connections at once and each with a deadline.

use std::cell::Cell;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::rc::Rc;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};

use crate::answer::{Answer, Event};
use crate::errno::name_of;
use crate::fault::Fault;
use crate::offload::Message;
use crate::tasks;

pub struct Page {
    pub status: u16,
    pub content_type: String,
    pub body: String,
}

/// More than a few readers at once are not meant; the rest is turned away.
const MAXIMUM_CONNECTIONS: usize = 16;

/// Wider than what is served at once: who finds no room here is not turned away but left waiting by the kernel.
const BACKLOG: i32 = 128;

const DEADLINE: Duration = Duration::from_secs(5);

const MAXIMUM_HEAD_BYTES: usize = 8_192;
const MAXIMUM_HEADERS: usize = 64;

/// After a connection could not be accepted, for want of descriptors: asking again at once would be a busy loop.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Listens on all addresses, IPv4 alone where the kernel has no IPv6.
pub fn serve(port: u16) -> Answer {
    let v6 = SocketAddr::from(([0_u16; 8], port));
    let v4 = SocketAddr::from(([0_u8; 4], port));
    let listener = match listen(v6) {
        Err(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL) => listen(v4),
        listener => listener,
    };
    match listener {
        Ok(listener) => {
            tasks::start(|_| accept(listener));
            Answer::Served(None)
        }
        Err(errno) => Answer::Served(Some(name_of(errno))),
    }
}

fn listen(address: SocketAddr) -> rustix::io::Result<TcpListener> {
    let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, false)?;
    }
    sockopt::set_socket_reuseaddr(&socket, true)?;
    rustix::net::bind(&socket, &address)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(TcpListener::from(socket))
}

async fn accept(listener: TcpListener) {
    let open = Rc::new(Cell::new(0));
    loop {
        tasks::readable_some_time(&listener).await;
        match listener.accept() {
            Ok((socket, _)) if open.get() < MAXIMUM_CONNECTIONS && socket.set_nonblocking(true).is_ok() => {
                open.set(open.get() + 1);
                let open = open.clone();
                tasks::start(|_| async move {
                    // Who asks and goes away misses the answer; nobody else is to hear of it.
                    let _ = answer(socket).await;
                    open.set(open.get() - 1);
                });
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => tasks::sleep(Instant::now() + ACCEPT_PAUSE).await,
        }
    }
}

async fn answer(mut socket: TcpStream) -> Result<(), Fault> {
    let until = Instant::now() + DEADLINE;
    let Some(path) = read_path(&mut socket, until).await? else {
        return write(&mut socket, &text_of(400, "text/plain", "not a request\n"), until).await;
    };
    let page = match path {
        Some(path) => ask(path, until).await?,
        None => None,
    };
    let text = page.map_or_else(
        || text_of(404, "text/plain", "not found\n"),
        |page| text_of(page.status, &page.content_type, &page.body),
    );
    write(&mut socket, &text, until).await
}

async fn ask(path: String, until: Instant) -> Result<Option<Page>, Fault> {
    tasks::tell(Event::Page(tasks::current(), path));
    match tasks::message(until).await? {
        Message::Page(page) => Ok(page),
        Message::Reply(_) | Message::Emptied(_) | Message::FileSystem(_) => Ok(None),
    }
}

/// Reads the head of a request: nothing for what is none, and no path where the method is another than GET.
async fn read_path(socket: &mut TcpStream, until: Instant) -> Result<Option<Option<String>>, Fault> {
    let mut come = Vec::new();
    while come.len() < MAXIMUM_HEAD_BYTES {
        let mut piece = [0; 1_024];
        match socket.read(&mut piece) {
            Ok(0) => return Err(Fault::broken("gone")),
            Ok(length) => come.extend_from_slice(&piece[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                tasks::readable(socket, until).await?;
                continue;
            }
            Err(error) => return Err(Fault::broken(error)),
        }
        let mut headers = [httparse::EMPTY_HEADER; MAXIMUM_HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        match request.parse(&come) {
            Ok(httparse::Status::Partial) => {}
            Ok(httparse::Status::Complete(_)) => {
                let path = request.path.unwrap_or_default().split('?').next().unwrap_or_default();
                return Ok(Some((request.method == Some("GET")).then(|| String::from(path))));
            }
            Err(_) => return Ok(None),
        }
    }
    Ok(None)
}

fn text_of(status: u16, content_type: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} \r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len(),
    )
}

async fn write(socket: &mut TcpStream, text: &str, until: Instant) -> Result<(), Fault> {
    let mut bytes = text.as_bytes();
    while !bytes.is_empty() {
        match socket.write(bytes) {
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => tasks::writable(socket, until).await?,
            Err(error) => return Err(Fault::broken(error)),
        }
    }
    Ok(())
}
