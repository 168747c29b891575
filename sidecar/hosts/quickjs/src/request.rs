//! Probes of the app: one HTTP exchange, or one TCP connection, on a connection of its own and within one deadline.

use std::cell::OnceCell;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use crate::answer::{Answer, NoAnswer};
use crate::connection::Connection;
use crate::fault::Fault;
use crate::http::exchange::{Bound, exchange};
use crate::tls;

pub struct Request {
    pub secure: bool,
    pub target: Target,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub maximum_body_bytes: usize,
}

pub struct Target {
    pub address: String,
    /// Nothing where a redirect names one that can't be.
    pub port: Option<u16>,
    pub timeout: Duration,
}

thread_local! {
    static ANYBODY: OnceCell<Result<Arc<ClientConfig>, String>> = const { OnceCell::new() };
}

pub async fn connect(target: Target) -> Answer {
    let until = Instant::now() + target.timeout;
    match open(&target, until).await {
        Ok(_connection) => Answer::Connected,
        Err(no_answer) => Answer::None(no_answer),
    }
}

pub async fn request(asked: Request) -> Answer {
    let until = Instant::now() + asked.target.timeout;
    let Some(text) = text_of(&asked) else {
        return Answer::None(NoAnswer {
            outcome: "closed",
            message: String::from("a header or the path can not be sent"),
        });
    };
    let mut connection = match open(&asked.target, until).await {
        Ok(connection) => connection,
        Err(no_answer) => return Answer::None(no_answer),
    };
    match talk(&mut connection, &asked, &text, until).await {
        Ok(answer) => answer,
        Err(fault) => Answer::None(no_answer("closed", &fault)),
    }
}

pub async fn open(target: &Target, until: Instant) -> Result<Connection, NoAnswer> {
    let (Ok(address), Some(port)) = (target.address.parse::<IpAddr>(), target.port) else {
        return Err(NoAnswer { outcome: "refused", message: String::from("not an address") });
    };
    let opened = Connection::open(SocketAddr::new(address, port), until).await;
    opened.map_err(|fault| no_answer("refused", &fault))
}

async fn talk(connection: &mut Connection, asked: &Request, text: &str, until: Instant) -> Result<Answer, Fault> {
    if asked.secure {
        let config = ANYBODY.with(|config| config.get_or_init(tls::trusting_anybody).clone()).map_err(Fault::Broken)?;
        let name = ServerName::try_from(asked.target.address.clone()).map_err(Fault::broken)?;
        connection.secure(config, name, until).await?;
    }
    let bound = Bound::Skip(asked.maximum_body_bytes);
    let answer = exchange(connection, text.as_bytes(), bound, until).await.map_err(|failed| failed.fault)?;
    connection.forget_when_closed();
    Ok(Answer::Http { status: answer.head.status, location: answer.head.location })
}

pub fn no_answer(outcome: &'static str, fault: &Fault) -> NoAnswer {
    let outcome = if *fault == Fault::TimedOut { "timeout" } else { outcome };
    NoAnswer { outcome, message: fault.to_string() }
}

/// The request as it is sent; nothing where it would be another request than is meant.
fn text_of(asked: &Request) -> Option<String> {
    let is_path = !asked.path.is_empty() && asked.path.bytes().all(|byte| byte.is_ascii_graphic());
    let mut text = is_path.then(|| format!("GET {} HTTP/1.1\r\n", asked.path))?;
    for (name, value) in &asked.headers {
        text = (is_header_name(name) && is_header_value(value)).then(|| text + name + ": " + value + "\r\n")?;
    }
    Some(text + "\r\n")
}

/// RFC 9110, 5.6.2.
fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

pub fn is_header_value(value: &str) -> bool {
    value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &str, name: &str, value: &str) -> Option<String> {
        text_of(&Request {
            secure: false,
            target: Target { address: String::new(), port: Some(1), timeout: Duration::ZERO },
            path: path.into(),
            headers: vec![(name.into(), value.into())],
            maximum_body_bytes: 1,
        })
    }

    #[test]
    fn a_request_holds_what_is_given_and_nothing_else() {
        assert_eq!(text("/a?b", "Host", "cart:80").as_deref(), Some("GET /a?b HTTP/1.1\r\nHost: cart:80\r\n\r\n"));
    }

    #[test]
    fn what_would_be_another_request_is_not_sent() {
        for (path, name, value) in
            [("/a b", "x", "y"), ("", "x", "y"), ("/", "x y", "z"), ("/", "", "z"), ("/", "x", "a\r\nb: c")]
        {
            assert_eq!(text(path, name, value), None, "{path} {name} {value}");
        }
    }
}
