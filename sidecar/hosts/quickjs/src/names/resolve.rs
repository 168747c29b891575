//! Asks the cluster's DNS for the addresses of a name.

use std::fs::File;
use std::io::Read;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::configuration::{Configuration, hosts, parse};
use super::message::{Kind, Reply, question, reply};
use crate::fault::Fault;
use crate::natives::random_bytes;
use crate::tasks;

/// How long a server may take before the next one, or the same once more, is asked. UDP loses packets.
const TRY: Duration = Duration::from_secs(1);

/// Rounds over all servers.
const ROUNDS: usize = 2;

/// Without EDNS no server sends more than 512.
const MAXIMUM_REPLY_BYTES: usize = 1_232;

const MAXIMUM_FILE_BYTES: u64 = 65_536;

/// IPv6 addresses only where there are none of IPv4: a pod of a dual-stack cluster reaches both.
pub async fn resolve(name: &str, until: Instant) -> Result<Vec<IpAddr>, Fault> {
    let known = hosts(&read("/etc/hosts"), name);
    if !known.is_empty() {
        return Ok(known);
    }
    let configuration = parse(&read("/etc/resolv.conf"));
    for candidate in configuration.candidates(name) {
        for kind in [Kind::A, Kind::Aaaa] {
            match ask(&configuration, &candidate, kind, until).await? {
                Reply::Addresses(addresses) if addresses.is_empty() => {}
                Reply::Addresses(addresses) => return Ok(addresses),
                Reply::NoName => break,
                Reply::Failed(code) => return Err(Fault::Broken(format!("name server answers with error {code}"))),
            }
        }
    }
    Err(Fault::broken("no such name"))
}

/// What can't be read says nothing. An app may write to its pod's /etc/hosts, so that there is a bound.
fn read(path: &str) -> String {
    let mut bytes = Vec::new();
    let _ = File::open(path).and_then(|file| file.take(MAXIMUM_FILE_BYTES).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn ask(configuration: &Configuration, name: &str, kind: Kind, until: Instant) -> Result<Reply, Fault> {
    let question =
        question(u16::from_ne_bytes(random_bytes()), name, kind).ok_or_else(|| Fault::broken("not a name"))?;
    let mut last = Fault::broken("no name server is known");
    for _ in 0..ROUNDS {
        for server in &configuration.servers {
            match ask_server(*server, &question, until.min(Instant::now() + TRY)).await {
                Ok(Reply::Failed(code)) => last = Fault::Broken(format!("name server answers with error {code}")),
                Ok(reply) => return Ok(reply),
                Err(fault) => last = fault,
            }
            if Instant::now() >= until {
                return Err(Fault::TimedOut);
            }
        }
    }
    Err(last)
}

/// A socket for each question, so that its port is as hard to guess as its id.
async fn ask_server(server: IpAddr, question: &[u8], until: Instant) -> Result<Reply, Fault> {
    let any = if server.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any).map_err(Fault::broken)?;
    socket.set_nonblocking(true).map_err(Fault::broken)?;
    socket.connect(SocketAddr::new(server, 53)).map_err(Fault::broken)?;
    socket.send(question).map_err(Fault::broken)?;
    loop {
        match tasks::readable(&socket, until).await {
            Err(Fault::TimedOut) => return Err(Fault::broken("name server does not answer")),
            ready => ready?,
        }
        let mut bytes = [0; MAXIMUM_REPLY_BYTES];
        let length = match socket.recv(&mut bytes) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            received => received.map_err(Fault::broken)?,
        };
        if let Some(reply) = reply(question, &bytes[..length]) {
            return Ok(reply);
        }
    }
}
