//! URLs of the controller, as the webhook writes them.

#[derive(Debug, PartialEq, Eq)]
pub struct Url {
    /// Name or address, without brackets.
    pub host: String,
    pub port: u16,
    /// As in the `Host` header.
    pub authority: String,
    pub path: String,
    /// What a kept connection may be used for again.
    pub origin: String,
}

pub fn parse(text: &str) -> Option<Url> {
    let rest = text.strip_prefix("https://")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let path = if path.is_empty() { "/" } else { path };
    let (host, port) = match authority.strip_prefix('[') {
        Some(inside) => inside.split_once(']').map(|(host, port)| (host, port.strip_prefix(':')))?,
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Some(443), |port| port.parse::<u16>().ok().filter(|port| *port > 0))?;
    let is_sendable = !host.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_sendable.then(|| Url {
        host: String::from(host),
        port,
        authority: String::from(authority),
        path: String::from(path),
        origin: format!("{host} {port}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_host_port_and_path() {
        for (text, host, port, path) in [
            ("https://controller.autopilot.svc:8444/v1/reports", "controller.autopilot.svc", 8444, "/v1/reports"),
            ("https://[fd00::1]:8444/v1", "fd00::1", 8444, "/v1"),
            ("https://[fd00::1]/v1", "fd00::1", 443, "/v1"),
            ("https://10.0.0.1", "10.0.0.1", 443, "/"),
        ] {
            let url = parse(text).expect(text);
            assert_eq!((url.host.as_str(), url.port, url.path.as_str()), (host, port, path));
        }
    }

    #[test]
    fn what_is_no_such_url_is_none() {
        for text in
            ["http://a/", "https://", "https://a:0/", "https://a:x/", "https://a:70000/", "https://a/ b", "https://[a/"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
