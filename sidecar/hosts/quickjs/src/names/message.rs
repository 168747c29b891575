//! DNS messages of RFC 1035: a question for the addresses of a name, and what the answer holds of them.

use std::net::IpAddr;

/// Type of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    A = 1,
    Aaaa = 28,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    Addresses(Vec<IpAddr>),
    /// There is no such name at all.
    NoName,
    /// The server can't say.
    Failed(u8),
}

const HEADER_BYTES: usize = 12;
const RECURSION_DESIRED: u16 = 0x0100;
const CLASS_INTERNET: u16 = 1;

/// Most addresses that are taken of one answer.
const MAXIMUM_ADDRESSES: usize = 8;

/// Nothing for a name that can't be one.
pub fn question(id: u16, name: &str, kind: Kind) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(HEADER_BYTES + name.len() + 6);
    for field in [id, RECURSION_DESIRED, 1, 0, 0, 0] {
        bytes.extend(field.to_be_bytes());
    }
    for label in name.split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..64).contains(length))?;
        bytes.push(length);
        bytes.extend(label.bytes());
    }
    bytes.push(0);
    bytes.extend((kind as u16).to_be_bytes());
    bytes.extend(CLASS_INTERNET.to_be_bytes());
    (bytes.len() <= HEADER_BYTES + 255 + 4).then_some(bytes)
}

/// Reads an answer; nothing where it is not the answer to this question. The last name of a chain of aliases is whose
/// addresses these are, so that the names of the records need no look.
pub fn reply(question: &[u8], bytes: &[u8]) -> Option<Reply> {
    let header = bytes.get(..HEADER_BYTES)?;
    let is_response = header[2] & 0x80 != 0;
    let asked = question.get(HEADER_BYTES..)?;
    let echoed = bytes.get(HEADER_BYTES..question.len())?;
    if header[..2] != question[..2] || !is_response || !echoed.eq_ignore_ascii_case(asked) {
        return None;
    }
    match header[3] & 0x0f {
        0 => {}
        3 => return Some(Reply::NoName),
        code => return Some(Reply::Failed(code)),
    }
    let kind = u16::from_be_bytes([question[question.len() - 4], question[question.len() - 3]]);
    let count = u16::from_be_bytes([header[6], header[7]]);
    let mut rest = bytes.get(question.len()..)?;
    let mut addresses = Vec::new();
    // What an answer that was cut off still holds is as good as the whole of it.
    for _ in 0..count {
        let Some((record, data, behind)) = record(rest) else { break };
        if record == kind && addresses.len() < MAXIMUM_ADDRESSES {
            addresses.extend(address(data));
        }
        rest = behind;
    }
    Some(Reply::Addresses(addresses))
}

/// The type of a record, its data, and what comes behind it.
fn record(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let fields = bytes.get(name_length(bytes)?..)?;
    let kind = u16::from_be_bytes([*fields.first()?, *fields.get(1)?]);
    let length = usize::from(u16::from_be_bytes([*fields.get(8)?, *fields.get(9)?]));
    Some((kind, fields.get(10..10 + length)?, fields.get(10 + length..)?))
}

/// A name ends with a pointer to another or with an empty label.
fn name_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match *bytes.get(at)? {
            0 => return Some(at + 1),
            length if length & 0xc0 == 0xc0 => return Some(at + 2),
            length => at += 1 + usize::from(length),
        }
    }
}

fn address(data: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(data).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(data).map(IpAddr::from)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(question: &[u8], code: u8, records: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = question.to_vec();
        bytes[2] = 0x81;
        bytes[3] = 0x80 | code;
        bytes[7] = u8::try_from(records.len()).expect("few");
        for (kind, data) in records {
            bytes.extend([0xc0, 0x0c]);
            bytes.extend(kind.to_be_bytes());
            bytes.extend([0, 1, 0, 0, 0, 5]);
            bytes.extend(u16::try_from(data.len()).expect("short").to_be_bytes());
            bytes.extend(*data);
        }
        bytes
    }

    fn asked() -> Vec<u8> {
        question(7, "controller.autopilot.svc", Kind::A).expect("a name")
    }

    #[test]
    fn the_addresses_of_an_answer_are_those_of_the_kind_that_was_asked_for() {
        let records: [(u16, &[u8]); 3] = [(5, &[1, b'x', 0]), (1, &[10, 0, 0, 1]), (28, &[0; 16])];
        let expected = Reply::Addresses(vec!["10.0.0.1".parse().expect("address")]);
        assert_eq!(reply(&asked(), &answer(&asked(), 0, &records)), Some(expected));
        assert_eq!(reply(&asked(), &answer(&asked(), 3, &[])), Some(Reply::NoName));
        assert_eq!(reply(&asked(), &answer(&asked(), 2, &[])), Some(Reply::Failed(2)));
    }

    #[test]
    fn what_answers_something_else_is_none() {
        let good = answer(&asked(), 0, &[(1, &[10, 0, 0, 1])]);
        let other = question(8, "controller.autopilot.svc", Kind::A).expect("a name");
        assert_eq!(reply(&other, &good), None);
        assert_eq!(reply(&question(7, "x.autopilot.svc", Kind::A).expect("a name"), &good), None);
        assert_eq!(reply(&asked(), &asked()), None);
    }

    #[test]
    fn no_answer_however_broken_is_more_than_unread() {
        let good = answer(&asked(), 0, &[(1, &[10, 0, 0, 1]), (1, &[10, 0, 0, 2])]);
        for length in 0..good.len() {
            let _ = reply(&asked(), &good[..length]);
        }
        let mut seed = 1_u32;
        for _ in 0..20_000 {
            let mut bytes = good.clone();
            for _ in 0..4 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let at = (seed >> 16) as usize % bytes.len();
                bytes[at] = seed.to_be_bytes()[1];
            }
            let _ = reply(&asked(), &bytes);
        }
    }

    #[test]
    fn what_can_be_no_name_is_not_asked_for() {
        for name in ["", "a..b", &"x".repeat(64), &"x.".repeat(200)] {
            assert_eq!(question(1, name, Kind::A), None, "{name}");
        }
    }
}
