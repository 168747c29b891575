//! Reports and polls: JSON to the controller over one TLS connection that is kept.

use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use crate::answer::Answer;
use crate::connection::Connection;
use crate::fault::Fault;
use crate::http::exchange::{self, Bound, exchange};
use crate::names::resolve::resolve;
use crate::names::url::{Url, parse};
use crate::request::is_header_value;
use crate::tls;

pub struct Post {
    pub url: String,
    pub authorities: String,
    pub bearer_token: String,
    pub body: String,
    pub timeout: Duration,
    pub maximum_answer_bytes: usize,
}

/// What is kept from one post to the next. Posts that overlap open connections of their own; the last is kept.
#[derive(Default)]
pub struct Line {
    trust: Option<(String, Arc<ClientConfig>)>,
    kept: Option<(String, Connection)>,
}

pub type SharedLine = Rc<RefCell<Line>>;

pub async fn post(line: SharedLine, asked: Post) -> Answer {
    let until = Instant::now() + asked.timeout;
    match talk(&line, &asked, until).await {
        Ok(answer) => Answer::Post {
            status: answer.head.status,
            retry_after_seconds: answer.head.retry_after.as_deref().and_then(seconds),
            body: String::from_utf8_lossy(&answer.body).into_owned(),
        },
        Err(fault) => Answer::Failed(fault.to_string()),
    }
}

async fn talk(line: &SharedLine, asked: &Post, until: Instant) -> Result<exchange::Answer, Fault> {
    let url = parse(&asked.url).ok_or_else(|| Fault::broken("not an https URL"))?;
    if !is_header_value(&asked.bearer_token) {
        return Err(Fault::broken("the token can not be sent"));
    }
    let request = text_of(&url, asked);
    let bound = Bound::Keep(asked.maximum_answer_bytes);
    let config = trust(line, &asked.authorities)?;
    let idle = line.borrow_mut().kept.take().filter(|(origin, _)| *origin == url.origin);
    if let Some((_, mut connection)) = idle
        && connection.is_idle()
    {
        match exchange(&mut connection, request.as_bytes(), bound, until).await {
            Ok(answer) => return Ok(put_aside(line, &url, connection, answer)),
            // A server may close a connection at the very moment at which it is used again.
            Err(failed) if failed.unanswered && failed.fault != Fault::TimedOut => {}
            Err(failed) => return Err(failed.fault),
        }
    }
    let mut connection = open(&url, config, until).await?;
    let answer = exchange(&mut connection, request.as_bytes(), bound, until).await.map_err(|failed| failed.fault)?;
    Ok(put_aside(line, &url, connection, answer))
}

fn put_aside(line: &SharedLine, url: &Url, connection: Connection, answer: exchange::Answer) -> exchange::Answer {
    if answer.reusable {
        line.borrow_mut().kept = Some((url.origin.clone(), connection));
    }
    answer
}

/// Other authorities than before end the kept connection: nobody of them vouched for it.
fn trust(line: &SharedLine, authorities: &str) -> Result<Arc<ClientConfig>, Fault> {
    let mut line = line.borrow_mut();
    if let Some((known, config)) = &line.trust
        && known == authorities
    {
        return Ok(config.clone());
    }
    let config = tls::trusting(authorities).map_err(Fault::Broken)?;
    line.kept = None;
    line.trust = Some((String::from(authorities), config.clone()));
    Ok(config)
}

async fn open(url: &Url, config: Arc<ClientConfig>, until: Instant) -> Result<Connection, Fault> {
    let name = ServerName::try_from(url.host.clone()).map_err(Fault::broken)?;
    let addresses = match url.host.parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_) => resolve(&url.host, until).await?,
    };
    let mut last = Fault::broken("no address");
    for address in addresses {
        match Connection::open(SocketAddr::new(address, url.port), until).await {
            Ok(mut connection) => {
                connection.secure(config, name, until).await?;
                return Ok(connection);
            }
            Err(fault) => last = fault,
        }
    }
    Err(last)
}

fn text_of(url: &Url, asked: &Post) -> String {
    format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nAuthorization: Bearer {}\r\n\r\n{}",
        url.path,
        url.authority,
        asked.body.len(),
        asked.bearer_token,
        asked.body,
    )
}

fn seconds(header: &str) -> Option<f64> {
    header.trim().parse::<f64>().ok().filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}
