//! Who may see the page: those who know the token, and name this server.
//!
//! A page of another site can make a viewer's browser request the captions, directly or through a name that it points at this
//! machine (DNS rebinding). So a request must name this server by its address, and must not come from another site.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;

#[derive(Debug)]
pub(crate) struct Access {
    bound: SocketAddr,
    /// 32 hexadecimal digits.
    token: String,
}

impl Access {
    /// `token`: see [`PageOptions`](super::PageOptions); `None`: a new random one.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub(crate) fn new(bound: SocketAddr, token: Option<[u8; 16]>) -> io::Result<Access> {
        Ok(Access { bound, token: token.map_or_else(random_digits, |token| Ok(digits(&token)))? })
    }

    pub(crate) fn url(&self) -> String {
        format!("{}/?token={}", self.root(), self.token)
    }

    /// The address with the token as the first part of its path.
    #[cfg(feature = "app")]
    pub(crate) fn url_with_path(&self) -> String {
        self.root() + &self.path()
    }

    /// That path: `/0123…/`.
    #[cfg(feature = "app")]
    pub(crate) fn path(&self) -> String {
        format!("/{}/", self.token)
    }

    pub(crate) fn root(&self) -> String {
        let ip = if self.bound.ip().is_unspecified() { own_address(self.bound.ip()) } else { self.bound.ip() };
        format!("http://{}", SocketAddr::new(ip, self.bound.port()))
    }

    /// Whether a request names an address of this server, and does not come from another site.
    pub(crate) fn is_for_us(&self, headers: &HeaderMap) -> bool {
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(Ok(host)), None) = (hosts.next().map(|host| host.to_str()), hosts.next()) else { return false };
        let ours =
            headers.get_all(ORIGIN).iter().all(|origin| origin.as_bytes() == format!("http://{host}").as_bytes());
        // What browsers say of requests that carry no origin, such as those for pictures. A link from anywhere is welcome.
        let says = |name: &str| headers.get(name).map_or(&b""[..], |value| value.as_bytes());
        let foreign = matches!(says("sec-fetch-site"), b"cross-site" | b"same-site");
        ours && self.is_ours(host) && (!foreign || says("sec-fetch-mode") == b"navigate")
    }

    /// Whether `host`, as in the header, is `localhost` or an address of this server, with its port.
    fn is_ours(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        let bound = self.bound.ip();
        let name = authority.host().trim_start_matches('[').trim_end_matches(']');
        let known = match name.parse::<IpAddr>() {
            // An address cannot be pointed elsewhere, so any will do that we may have.
            Ok(ip) => ip == bound || bound.is_unspecified() || (bound.is_loopback() && ip.is_loopback()),
            Err(_) => name.eq_ignore_ascii_case("localhost") && (bound.is_loopback() || bound.is_unspecified()),
        };
        known && !host.contains('@') && authority.port_u16().unwrap_or(80) == self.bound.port()
    }

    /// Whether the query of a request holds the token.
    pub(crate) fn knows_token(&self, query: &str) -> bool {
        self.is_token(parameter(query, "token").unwrap_or_default())
    }

    /// Whether this is the token.
    pub(crate) fn is_token(&self, given: &str) -> bool {
        let token = &self.token;
        // Every digit is compared, so that the time does not tell how many are right.
        let differences = token.bytes().zip(given.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        given.len() == token.len() && differences == 0
    }
}

/// The first parameter of that name, without decoding; the server's own parameters need no escapes.
pub(crate) fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').filter_map(|part| part.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// 128 random bits, in 32 hexadecimal digits.
///
/// # Errors
/// The system has no random numbers.
pub(crate) fn random_digits() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(digits(&bytes))
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The address from which this machine would send to others; loopback where it has no network. Nothing is sent.
fn own_address(unspecified: IpAddr) -> IpAddr {
    // Documentation prefixes of RFC 5737 and RFC 3849: routed like any other, and nobody's.
    let others: &[(&str, &str)] = &[("0.0.0.0:0", "192.0.2.1:9"), ("[::]:0", "[2001:db8::1]:9")];
    let found = others.iter().filter(|_| unspecified.is_ipv6()).chain(&others[..1]).rev();
    let ask = |(from, to): &(&str, &str)| {
        let socket = UdpSocket::bind(from).ok()?;
        socket.connect(to).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    found.into_iter().find_map(ask).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn access(bound: &str) -> Access {
        Access::new(bound.parse().unwrap(), None).unwrap()
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn host(access: &Access, host: &str) -> bool {
        access.is_for_us(&headers(&[("host", host)]))
    }

    #[test]
    fn only_our_own_addresses_are_ours() {
        let loopback = access("127.0.0.1:7272");
        for ours in ["127.0.0.1:7272", "localhost:7272", "LocalHost:7272", "[::1]:7272"] {
            assert!(host(&loopback, ours), "{ours}");
        }
        for other in [
            "127.0.0.1",
            "127.0.0.1:7273",
            "evil.example:7272",
            "localhost.evil.example:7272",
            "192.168.1.2:7272",
            "0.0.0.0:7272",
            "user@localhost:7272",
            "localhost:7272@evil.example",
            "",
            ":7272",
            "[::1:7272",
        ] {
            assert!(!host(&loopback, other), "{other}");
        }
        assert!(!loopback.is_for_us(&HeaderMap::new()));
        let mut twice = headers(&[("host", "localhost:7272")]);
        twice.append(HOST, "evil.example".parse().unwrap());
        assert!(!loopback.is_for_us(&twice));

        let one = access("192.168.1.2:80");
        assert!(host(&one, "192.168.1.2") && host(&one, "192.168.1.2:80"));
        assert!(!host(&one, "localhost") && !host(&one, "192.168.1.3") && !host(&one, "rechner.local"));
        let all = access("0.0.0.0:7272");
        assert!(host(&all, "192.168.1.2:7272") && host(&all, "localhost:7272") && !host(&all, "rechner.local:7272"));
    }

    #[test]
    fn pages_of_other_sites_are_refused() {
        let access = access("127.0.0.1:7272");
        let with = |name, value: &str| access.is_for_us(&headers(&[("host", "localhost:7272"), (name, value)]));
        assert!(with("origin", "http://localhost:7272"));
        for origin in ["null", "http://localhost:3000", "http://127.0.0.1:7272", "https://localhost:7272", ""] {
            assert!(!with("origin", origin), "{origin}");
        }
        assert!(with("sec-fetch-site", "same-origin") && with("sec-fetch-site", "none"));
        assert!(!with("sec-fetch-site", "cross-site") && !with("sec-fetch-site", "same-site"));
        let link = [("host", "localhost:7272"), ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")];
        assert!(access.is_for_us(&headers(&link)));
    }

    #[test]
    fn the_token_is_needed_everywhere() {
        for (bound, host) in
            [("127.0.0.1:7272", "127.0.0.1"), ("[::1]:7272", "[::1]"), ("192.168.1.2:7272", "192.168.1.2")]
        {
            let access = access(bound);
            let token = access.token.clone();
            assert_eq!(access.url(), format!("http://{host}:7272/?token={token}"));
            assert!(token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit()));
            assert!(access.knows_token(&format!("overlay&token={token}&last=a-1")));
            let longer = format!("token={token}0");
            for wrong in
                ["", "token", "token=", &longer[..37], &longer, &format!("tokens={token}"), &format!("a&{token}")]
            {
                assert!(!access.knows_token(wrong), "{wrong}");
            }
            assert_ne!(token, Access::new(access.bound, None).unwrap().token);
        }
        let given = Access::new("127.0.0.1:7272".parse().unwrap(), Some([0xa5; 16])).unwrap();
        assert_eq!(given.token, "a5".repeat(16));
    }

    #[test]
    fn the_address_for_others_is_a_real_one() {
        for bound in ["0.0.0.0:7272", "[::]:7272"] {
            let url = access(bound).url();
            assert!(!url.contains("//0.0.0.0") && !url.contains("[::]"), "{url}");
        }
    }
}
