//! Tests: whatever an app or a controller says is read or refused, and alike in whatever pieces it comes.

use super::body::{Body, Framing};
use super::head::{MAXIMUM_HEAD_BYTES, parse};
use crate::noise::{Noise, runs};

const HEADS: [&[u8]; 16] = [
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.0 404\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 999999 \r\n",
    b"HTTP/1.1 204 No\r\n",
    b"Content-Length: 5\r\n",
    b"Content-Length: 18446744073709551615\r\n",
    b"Content-Length: 99999999999999999999\r\n",
    b"Content-Length: -1\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: ,,chunked ,\r\n",
    b"Location: \xff\xfe\r\n",
    b"Connection: close\r\n",
    b": \r\n",
    b"\r\n",
    b"\n",
];

const CHUNKS: [&[u8]; 12] = [
    b"5\r\nabcde\r\n",
    b"5;x=y\nabcde\n",
    b"0\r\n",
    b"\r\n",
    b"ffffffffffffffff\r\n",
    b"fffffffffffffffff\r\n",
    b"-1\r\n",
    b"+1\r\n",
    b" 3 \r\nabc\r\n",
    b"trailer: x\r\n",
    b";=\r\n",
    b"\xc3\xbc\r\n",
];

#[test]
fn no_head_however_broken_is_more_than_refused_and_a_whole_one_stays_what_it_is() {
    let mut noise = Noise::new(1);
    for _ in 0..runs() {
        let mut bytes = if noise.below(4) > 0 { b"HTTP/1.1 200 OK\r\n".to_vec() } else { Vec::new() };
        bytes.extend(noise.broken(&HEADS, 12));
        let Ok(Some((head, length))) = parse(&bytes) else { continue };
        assert!(length <= bytes.len(), "{bytes:?}");
        bytes.extend_from_slice(b"HTTP/1.1 500 \r\n\r\n");
        assert_eq!(parse(&bytes), Ok(Some((head, length))), "{bytes:?}");
    }
}

#[test]
fn a_head_without_end_is_refused_whatever_is_in_it() {
    let mut noise = Noise::new(2);
    for _ in 0..runs() / 100 {
        let mut bytes = b"HTTP/1.1 200 OK\r\n".to_vec();
        while bytes.len() < MAXIMUM_HEAD_BYTES {
            bytes.extend_from_slice(
                noise.of(&[b"x: y\r\n", b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: zzzzzzzzzzzzzzzz\r\n"]),
            );
        }
        assert!(parse(&bytes).is_err());
    }
}

/// What a body came to: its bytes, whether it ended, whether something came behind it.
type Read = Result<(Vec<u8>, bool, bool), &'static str>;

fn read<'a>(framing: Framing, pieces: impl Iterator<Item = &'a [u8]>) -> Read {
    let (mut body, mut kept, mut clean) = (Body::new(framing), Vec::new(), true);
    for piece in pieces {
        clean &= body.take(piece, |bytes| kept.extend_from_slice(bytes))?;
    }
    Ok((kept, body.is_done(), clean))
}

#[test]
fn no_body_however_broken_is_read_otherwise_in_pieces_or_grows() {
    let mut noise = Noise::new(3);
    for _ in 0..runs() {
        let length = u64::try_from(noise.below(40)).expect("small");
        let framings =
            [Framing::Chunked, Framing::Chunked, Framing::Chunked, Framing::Length(length), Framing::UntilEnd];
        let framing = framings[noise.below(framings.len())];
        let bytes = noise.broken(&CHUNKS, 10);
        let whole = read(framing, std::iter::once(bytes.as_slice()));
        let step = 1 + noise.below(7);
        assert_eq!(read(framing, bytes.chunks(step)), whole, "{framing:?} {bytes:?} by {step}");
        match whole {
            Ok((kept, ..)) => assert!(kept.len() <= bytes.len(), "{bytes:?}"),
            Err(_) => assert_eq!(framing, Framing::Chunked),
        }
    }
}
