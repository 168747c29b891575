//! The head of an answer: its status, the headers that matter here, and how its body ends.

use super::body::Framing;

/// Longest head that is read. Bytes; Node's own bound.
pub const MAXIMUM_HEAD_BYTES: usize = 16_384;

const MAXIMUM_HEADERS: usize = 128;

#[derive(Debug, PartialEq)]
pub struct Head {
    pub status: u16,
    pub location: Option<String>,
    pub retry_after: Option<String>,
    pub framing: Framing,
    /// Whether the server keeps the connection for a next request.
    pub kept: bool,
}

/// Reads the head of an answer from the start of what has come; its length with it, or nothing while more must come.
pub fn parse(bytes: &[u8]) -> Result<Option<(Head, usize)>, String> {
    let mut headers = [httparse::EMPTY_HEADER; MAXIMUM_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let length = match response.parse(bytes).map_err(|error| error.to_string())? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial if bytes.len() >= MAXIMUM_HEAD_BYTES => return Err(String::from("head is too long")),
        httparse::Status::Partial => return Ok(None),
    };
    let status = response.code.unwrap_or(0);
    let framing = framing(status, response.headers)?;
    let connection = text(response.headers, "connection").unwrap_or_default().to_ascii_lowercase();
    let kept = match response.version {
        Some(1) => !connection.contains("close"),
        _ => connection.contains("keep-alive"),
    };
    let head = Head {
        status,
        location: text(response.headers, "location"),
        retry_after: text(response.headers, "retry-after"),
        kept: kept && framing != Framing::UntilEnd,
        framing,
    };
    Ok(Some((head, length)))
}

/// RFC 9112, 6.3.
fn framing(status: u16, headers: &[httparse::Header<'_>]) -> Result<Framing, String> {
    if status < 200 || status == 204 || status == 304 {
        return Ok(Framing::None);
    }
    if let Some(coding) = text(headers, "transfer-encoding") {
        let last = coding.rsplit(',').next().unwrap_or_default().trim();
        return Ok(if last.eq_ignore_ascii_case("chunked") { Framing::Chunked } else { Framing::UntilEnd });
    }
    let mut length = None;
    for value in values(headers, "content-length") {
        let digits = std::str::from_utf8(value).unwrap_or_default().trim();
        let parsed = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<u64>().ok()).flatten();
        match (parsed, length) {
            (Some(parsed), None) => length = Some(parsed),
            (Some(parsed), Some(known)) if parsed == known => {}
            _ => return Err(String::from("content-length is not one number")),
        }
    }
    Ok(length.map_or(Framing::UntilEnd, Framing::Length))
}

fn text(headers: &[httparse::Header<'_>], name: &str) -> Option<String> {
    values(headers, name).next().map(|value| String::from_utf8_lossy(value).into_owned())
}

fn values<'a>(headers: &'a [httparse::Header<'_>], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name)).map(|header| header.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Head {
        parse(text.as_bytes()).expect("good").expect("whole").0
    }

    #[test]
    fn a_head_says_how_its_body_ends() {
        for (headers, framing, kept) in [
            ("content-length: 5\r\n", Framing::Length(5), true),
            ("Content-Length: 5\r\ncontent-length: 5\r\n", Framing::Length(5), true),
            ("transfer-encoding: gzip, Chunked\r\ncontent-length: 5\r\n", Framing::Chunked, true),
            ("", Framing::UntilEnd, false),
            ("content-length: 5\r\nconnection: close\r\n", Framing::Length(5), false),
        ] {
            let head = head(&format!("HTTP/1.1 200 OK\r\n{headers}\r\n"));
            assert_eq!((head.framing, head.kept), (framing, kept), "{headers}");
        }
        assert_eq!(head("HTTP/1.1 204 No Content\r\ncontent-length: 5\r\n\r\n").framing, Framing::None);
        assert!(!head("HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\n").kept);
    }

    #[test]
    fn a_length_that_is_not_one_number_is_refused() {
        for headers in ["content-length: -1", "content-length: 1\r\ncontent-length: 2", "content-length: 1, 1"] {
            assert!(parse(format!("HTTP/1.1 200 OK\r\n{headers}\r\n\r\n").as_bytes()).is_err(), "{headers}");
        }
    }

    #[test]
    fn what_is_not_whole_waits_and_what_is_too_long_ends() {
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\nx: "), Ok(None));
        let long = format!("HTTP/1.1 200 OK\r\nx: {}", "y".repeat(MAXIMUM_HEAD_BYTES));
        assert!(parse(long.as_bytes()).is_err());
        assert!(parse(b"nonsense\r\n\r\n").is_err());
    }
}
