//! Takes a body apart as it comes, by any of the three ways in which one can end.

/// Longest line of a chunk's size, or of a trailer. Bytes.
const MAXIMUM_LINE_BYTES: usize = 4_096;

/// Most lines behind the last chunk.
const MAXIMUM_TRAILERS: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    None,
    Length(u64),
    Chunked,
    /// With the connection.
    UntilEnd,
}

#[derive(Debug)]
enum State {
    Bytes(u64),
    UntilEnd,
    Size,
    Chunk(u64),
    BehindChunk,
    Trailer(usize),
    Done,
}

#[derive(Debug)]
pub struct Body {
    state: State,
    line: Vec<u8>,
}

impl Body {
    pub fn new(framing: Framing) -> Self {
        let state = match framing {
            Framing::None | Framing::Length(0) => State::Done,
            Framing::Length(length) => State::Bytes(length),
            Framing::Chunked => State::Size,
            Framing::UntilEnd => State::UntilEnd,
        };
        Self { state, line: Vec::new() }
    }

    pub fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Whether an end of the connection is the end of the body as well.
    pub fn ends_with_connection(&self) -> bool {
        matches!(self.state, State::UntilEnd | State::Done)
    }

    /// Takes in what has come and hands the body's own bytes on; false when bytes are left over behind its end.
    pub fn take(&mut self, mut input: &[u8], mut each: impl FnMut(&[u8])) -> Result<bool, &'static str> {
        while !input.is_empty() {
            match self.state {
                State::Done => return Ok(false),
                State::UntilEnd => {
                    each(input);
                    return Ok(true);
                }
                State::Bytes(left) => {
                    let (now, left) = split(&mut input, left);
                    each(now);
                    self.state = if left == 0 { State::Done } else { State::Bytes(left) };
                }
                State::Chunk(left) => {
                    let (now, left) = split(&mut input, left);
                    each(now);
                    self.state = if left == 0 { State::BehindChunk } else { State::Chunk(left) };
                }
                State::Size | State::BehindChunk | State::Trailer(_) => {
                    if let Some(line) = self.line(&mut input)? {
                        self.state = self.after(&line)?;
                    }
                }
            }
        }
        Ok(true)
    }

    /// The next line without its end, once it is whole.
    fn line(&mut self, input: &mut &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
        let end = input.iter().position(|byte| *byte == b'\n');
        let (now, rest) = input.split_at(end.map_or(input.len(), |end| end + 1));
        *input = rest;
        self.line.extend_from_slice(now);
        if self.line.len() > MAXIMUM_LINE_BYTES {
            return Err("chunk's line is too long");
        }
        if end.is_none() {
            return Ok(None);
        }
        let mut line = std::mem::take(&mut self.line);
        line.pop();
        line.pop_if(|last| *last == b'\r');
        Ok(Some(line))
    }

    fn after(&self, line: &[u8]) -> Result<State, &'static str> {
        match self.state {
            State::Size => Ok(match size(line)? {
                0 => State::Trailer(0),
                size => State::Chunk(size),
            }),
            State::BehindChunk if line.is_empty() => Ok(State::Size),
            State::Trailer(_) if line.is_empty() => Ok(State::Done),
            State::Trailer(count) if count < MAXIMUM_TRAILERS => Ok(State::Trailer(count + 1)),
            _ => Err("chunk does not end where it should"),
        }
    }
}

/// What is there of the next `left` bytes, and how many are still to come.
fn split<'a>(input: &mut &'a [u8], left: u64) -> (&'a [u8], u64) {
    let length = input.len().min(usize::try_from(left).unwrap_or(usize::MAX));
    let (now, rest) = input.split_at(length);
    *input = rest;
    (now, left - length as u64)
}

fn size(line: &[u8]) -> Result<u64, &'static str> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let text = std::str::from_utf8(digits).unwrap_or_default();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("chunk has no size");
    }
    u64::from_str_radix(text, 16).map_err(|_| "chunk has no size")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands the input over in pieces of each length, which must make no difference.
    fn read(framing: Framing, input: &str) -> Result<(String, bool, bool), &'static str> {
        let mut results = (1..=input.len().max(1)).map(|length| {
            let (mut body, mut text, mut clean) = (Body::new(framing), Vec::new(), true);
            for piece in input.as_bytes().chunks(length) {
                clean &= body.take(piece, |bytes| text.extend_from_slice(bytes))?;
            }
            Ok((String::from_utf8(text).expect("text"), body.is_done(), clean))
        });
        let first = results.next().expect("one");
        for result in results {
            assert_eq!(result, first);
        }
        first
    }

    #[test]
    fn bodies_end_by_length_by_chunks_or_with_the_connection() {
        assert_eq!(read(Framing::Length(3), "abc"), Ok(("abc".into(), true, true)));
        assert_eq!(read(Framing::Length(3), "ab"), Ok(("ab".into(), false, true)));
        assert_eq!(read(Framing::Length(3), "abcd"), Ok(("abc".into(), true, false)));
        assert_eq!(read(Framing::UntilEnd, "abc"), Ok(("abc".into(), false, true)));
        assert_eq!(read(Framing::None, ""), Ok((String::new(), true, true)));
        let chunked = "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\ntrailer: x\r\n\r\n";
        assert_eq!(read(Framing::Chunked, chunked), Ok(("abc0123456789".into(), true, true)));
        assert_eq!(read(Framing::Chunked, "1\nx\n0\n\n"), Ok(("x".into(), true, true)));
    }

    #[test]
    fn broken_chunks_are_refused() {
        for input in ["\r\n", "x\r\n", "-1\r\n", "3\r\nabcd\r\n", "11111111111111111\r\n", "1 2\r\n"] {
            assert!(read(Framing::Chunked, input).is_err(), "{input}");
        }
        assert!(read(Framing::Chunked, &format!("1;{}", "x".repeat(5_000))).is_err());
        assert!(read(Framing::Chunked, &format!("0\r\n{}", "x: y\r\n".repeat(100))).is_err());
    }
}
