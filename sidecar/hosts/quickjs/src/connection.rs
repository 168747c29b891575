//! A TCP connection, with TLS on it or without. Nothing here blocks: where a socket is not ready, the task waits.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::time::Instant;

use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use crate::errno;
use crate::fault::Fault;
use crate::tasks;

pub struct Connection {
    socket: TcpStream,
    tls: Option<Box<ClientConnection>>,
    ended_cleanly: bool,
}

impl Connection {
    pub async fn open(address: SocketAddr, until: Instant) -> Result<Self, Fault> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let broken = |error| Fault::Broken(format!("connect {} {address}", errno::name_of(error)));
        let socket = rustix::net::socket_with(family, SocketType::STREAM, flags, None).map_err(broken)?;
        match rustix::net::connect(&socket, &address) {
            Err(rustix::io::Errno::INPROGRESS) => {
                tasks::writable(&socket, until).await?;
                sockopt::socket_error(&socket).map_err(broken)?.map_err(broken)?;
            }
            connected => connected.map_err(broken)?,
        }
        Ok(Self { socket: TcpStream::from(socket), tls: None, ended_cleanly: true })
    }

    pub async fn secure(
        &mut self,
        config: Arc<ClientConfig>,
        name: ServerName<'static>,
        until: Instant,
    ) -> Result<(), Fault> {
        // The last of the handshake and the request are two writes; the second must not wait until the first is confirmed.
        let _ = sockopt::set_tcp_nodelay(&self.socket, true);
        let mut tls = ClientConnection::new(config, name).map_err(Fault::broken)?;
        tls.set_buffer_limit(None);
        self.tls = Some(Box::new(tls));
        loop {
            self.flush(until).await?;
            match &mut self.tls {
                Some(tls) if tls.is_handshaking() => {}
                _ => return Ok(()),
            }
            if !self.receive(until).await? {
                return Err(Fault::broken("connection ended within the handshake"));
            }
        }
    }

    pub async fn write(&mut self, mut bytes: &[u8], until: Instant) -> Result<(), Fault> {
        if let Some(tls) = &mut self.tls {
            tls.writer().write_all(bytes).map_err(Fault::broken)?;
            return self.flush(until).await;
        }
        while !bytes.is_empty() {
            match self.socket.write(bytes) {
                Ok(length) => bytes = &bytes[length..],
                Err(error) => wait_or_fail(error, tasks::writable(&self.socket, until)).await?,
            }
        }
        Ok(())
    }

    /// Reads what there is, waiting for the first of it; 0 is the end.
    pub async fn read(&mut self, buffer: &mut [u8], until: Instant) -> Result<usize, Fault> {
        loop {
            let Some(tls) = &mut self.tls else {
                match self.socket.read(buffer) {
                    Ok(length) => return Ok(length),
                    Err(error) => wait_or_fail(error, tasks::readable(&self.socket, until)).await?,
                }
                continue;
            };
            match tls.reader().read(buffer) {
                Ok(length) => return Ok(length),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) => return self.cut_off(&error),
            }
            if !self.receive(until).await? {
                self.ended_cleanly = false;
                return Ok(0);
            }
        }
    }

    /// Waits for an answer to what was just written: it is never there at once, so that a look would be in vain. With
    /// TLS something may have come together with the handshake.
    pub async fn answered(&self, until: Instant) -> Result<(), Fault> {
        match self.tls {
            Some(_) => Ok(()),
            None => tasks::readable(&self.socket, until).await,
        }
    }

    /// Whether the other side said that it had sent everything. Without TLS nobody can tell.
    pub fn ended_cleanly(&self) -> bool {
        self.ended_cleanly
    }

    /// Once all that was asked for has come: has the kernel forget the connection when it is closed. It would remember
    /// each for a minute (TIME_WAIT), in memory that counts as the pod's, and there is one each second for each probe.
    /// The app reads a clean end as ever: the reset that it gets comes after our FIN. Who only connects must not do
    /// this: an app that accepts late could no longer ask who it was.
    pub fn forget_when_closed(&self) {
        let at_once: libc::c_int = -1;
        // SAFETY: the number outlives the call, and its length is the one that is given.
        unsafe {
            libc::setsockopt(
                self.socket.as_raw_fd(),
                libc::IPPROTO_TCP,
                libc::TCP_LINGER2,
                (&raw const at_once).cast(),
                size_of::<libc::c_int>() as libc::socklen_t,
            )
        };
    }

    /// Whether a connection that was put aside is still open, with nothing on it that was not asked for.
    pub fn is_idle(&mut self) -> bool {
        let Some(tls) = &mut self.tls else { return false };
        loop {
            match tls.read_tls(&mut self.socket) {
                Ok(0) => return false,
                Ok(_) => match tls.process_new_packets() {
                    Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {}
                    _ => return false,
                },
                Err(error) => return error.kind() == ErrorKind::WouldBlock,
            }
        }
    }

    /// Takes in the next part of the TLS stream; false at the end of the connection.
    async fn receive(&mut self, until: Instant) -> Result<bool, Fault> {
        let Some(tls) = &mut self.tls else { return Ok(false) };
        loop {
            match tls.read_tls(&mut self.socket) {
                Ok(0) => return Ok(false),
                Ok(_) => break,
                Err(error) => wait_or_fail(error, tasks::readable(&self.socket, until)).await?,
            }
        }
        let processed = tls.process_new_packets();
        // An alert that says what is wrong is written even so.
        let flushed = self.flush(until).await;
        processed.map_err(Fault::broken)?;
        flushed.map(|()| true)
    }

    async fn flush(&mut self, until: Instant) -> Result<(), Fault> {
        let Some(tls) = &mut self.tls else { return Ok(()) };
        while tls.wants_write() {
            if let Err(error) = tls.write_tls(&mut self.socket) {
                wait_or_fail(error, tasks::writable(&self.socket, until)).await?;
            }
        }
        Ok(())
    }

    fn cut_off(&mut self, error: &std::io::Error) -> Result<usize, Fault> {
        if error.kind() != ErrorKind::UnexpectedEof {
            return Err(Fault::Broken(errno::name_of_io(error)));
        }
        self.ended_cleanly = false;
        Ok(0)
    }
}

/// Says good-bye where that can be done at once: an app may log a connection that just breaks off.
impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(tls) = &mut self.tls {
            tls.send_close_notify();
            let _ = tls.write_tls(&mut self.socket);
        }
    }
}

async fn wait_or_fail(error: std::io::Error, ready: impl Future<Output = Result<(), Fault>>) -> Result<(), Fault> {
    match error.kind() {
        ErrorKind::WouldBlock => ready.await,
        ErrorKind::Interrupted => Ok(()),
        _ => Err(Fault::Broken(errno::name_of_io(&error))),
    }
}
