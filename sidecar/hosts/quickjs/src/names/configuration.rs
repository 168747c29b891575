//! Where names are asked for: /etc/hosts and /etc/resolv.conf, both of which the kubelet writes.

use std::net::IpAddr;

/// Bounds of resolv.conf, as glibc and Kubernetes have them.
const MAXIMUM_SERVERS: usize = 3;
const MAXIMUM_SEARCHES: usize = 32;

#[derive(Debug, PartialEq, Eq)]
pub struct Configuration {
    pub servers: Vec<IpAddr>,
    pub searches: Vec<String>,
    /// A name with fewer dots is first tried with each of the searches behind it.
    pub dots: usize,
}

pub fn parse(text: &str) -> Configuration {
    let mut configuration = Configuration { servers: Vec::new(), searches: Vec::new(), dots: 1 };
    for line in text.lines() {
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("nameserver") => {
                let room = configuration.servers.len() < MAXIMUM_SERVERS;
                configuration
                    .servers
                    .extend(words.next().and_then(|word| word.parse::<IpAddr>().ok()).filter(|_| room));
            }
            Some("search") => configuration.searches = words.take(MAXIMUM_SEARCHES).map(String::from).collect(),
            Some("options") => {
                let dots = words.find_map(|word| word.strip_prefix("ndots:")).and_then(|dots| dots.parse().ok());
                configuration.dots = dots.unwrap_or(configuration.dots).min(15);
            }
            _ => {}
        }
    }
    configuration
}

impl Configuration {
    /// What to ask for, in order.
    pub fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(absolute) = name.strip_suffix('.') {
            return vec![String::from(absolute)];
        }
        let searched = self.searches.iter().map(|search| format!("{name}.{}", search.trim_end_matches('.')));
        if name.matches('.').count() >= self.dots {
            std::iter::once(String::from(name)).chain(searched).collect()
        } else {
            searched.chain(std::iter::once(String::from(name))).collect()
        }
    }
}

/// Addresses that the text of /etc/hosts has for a name.
pub fn hosts(text: &str, name: &str) -> Vec<IpAddr> {
    let name = name.trim_end_matches('.');
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().split_ascii_whitespace());
    lines
        .filter_map(|mut words| {
            let address = words.next()?.parse().ok()?;
            words.any(|word| word.eq_ignore_ascii_case(name)).then_some(address)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str =
        "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n";

    #[test]
    fn a_pods_configuration_tries_the_searches_first() {
        let configuration = parse(POD);
        assert_eq!(configuration.servers, ["10.96.0.10".parse::<IpAddr>().expect("address")]);
        assert_eq!(
            configuration.candidates("controller.autopilot.svc"),
            [
                "controller.autopilot.svc.shop.svc.cluster.local",
                "controller.autopilot.svc.svc.cluster.local",
                "controller.autopilot.svc.cluster.local",
                "controller.autopilot.svc",
            ]
        );
        assert_eq!(configuration.candidates("a.b."), ["a.b"]);
    }

    #[test]
    fn a_name_with_enough_dots_is_tried_as_it_is_first() {
        let configuration = parse("# none\nnameserver fd00::a\nsearch x\n");
        assert_eq!(configuration.candidates("a.b"), ["a.b", "a.b.x"]);
        assert_eq!(configuration.candidates("a"), ["a.x", "a"]);
    }

    #[test]
    fn hosts_are_found_by_any_of_their_names() {
        let text = "127.0.0.1 localhost\n10.0.0.9 a A.example # b\n::1 localhost\n";
        assert_eq!(hosts(text, "localhost").len(), 2);
        assert_eq!(hosts(text, "a.EXAMPLE").len(), 1);
        assert_eq!(hosts(text, "b").len(), 0);
    }
}
