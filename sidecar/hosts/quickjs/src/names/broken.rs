//! Tests: whatever a name server, the node or an annotation says is read or refused.

use super::configuration::{hosts, parse};
use super::message::{Kind, question, reply};
use super::url;
use crate::noise::{Noise, runs};

const LINES: [&[u8]; 14] = [
    b"nameserver 10.96.0.10\n",
    b"nameserver fd00::a%eth0\n",
    b"nameserver\n",
    b"search shop.svc.cluster.local svc.cluster.local\n",
    b"search . ..\n",
    b"options ndots:5 timeout:1\n",
    b"options ndots:99999999999999999999\n",
    b"options ndots:-1\n",
    b"10.0.0.9 cart a.b # c\n",
    b"::1 localhost cart\n",
    b"# \n",
    b"\xff\xfe\n",
    b" \t\r",
    b"\n",
];

const RECORDS: [&[u8]; 8] = [
    &[0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 1],
    &[0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 5, 0xff, 0xff, 10],
    &[0xc0, 0x0c, 0, 28, 0, 1, 0, 0, 0, 5, 0, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    &[1, b'x', 0, 0, 5, 0, 1, 0, 0, 0, 5, 0, 2, 0xc0, 0x0c],
    &[0x3f, b'x'],
    &[0xc0],
    &[0, 0, 1, 0, 1, 0, 0, 0, 5, 0, 0],
    &[0],
];

const URLS: [&[u8]; 9] = [b"https://", b"a.svc", b"[fd00::1", b"]", b":8444", b":0", b"/v1/reports", b"@", b"%00"];

#[test]
fn no_reply_however_broken_holds_more_than_its_bound() {
    let asked = question(7, "controller.autopilot.svc", Kind::A).expect("a name");
    let mut noise = Noise::new(4);
    for _ in 0..runs() {
        let mut bytes = asked.clone();
        bytes[2] = 0x81;
        bytes[3] = 0x80;
        bytes[6] = noise.byte();
        bytes[7] = noise.byte();
        bytes.extend(noise.broken(&RECORDS, 12));
        if noise.below(2) == 0 {
            noise.break_up(&mut bytes);
        }
        if let Some(super::message::Reply::Addresses(addresses)) = reply(&asked, &bytes) {
            assert!(addresses.len() <= 8, "{bytes:?}");
        }
    }
}

#[test]
fn no_configuration_however_broken_asks_without_end() {
    let mut noise = Noise::new(5);
    for _ in 0..runs() {
        let bytes = noise.broken(&LINES, 30);
        let text = String::from_utf8_lossy(&bytes);
        let configuration = parse(&text);
        assert!(configuration.servers.len() <= 3 && configuration.dots <= 15, "{text}");
        assert!(configuration.candidates("cart").len() <= 33, "{text}");
        let _ = hosts(&text, "cart");
    }
}

#[test]
fn no_url_however_broken_is_sent_as_more_than_one_line() {
    let mut noise = Noise::new(6);
    for _ in 0..runs() {
        let mut bytes = b"https://".to_vec();
        bytes.extend(noise.broken(&URLS, 6));
        if let Some(url) = url::parse(&String::from_utf8_lossy(&bytes)) {
            let said = format!("{}{}{}", url.host, url.authority, url.path);
            assert!(said.bytes().all(|byte| byte.is_ascii_graphic()) && url.port > 0, "{said}");
        }
    }
}
