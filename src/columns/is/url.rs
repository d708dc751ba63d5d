//! `is = "url"`: a URL.

use super::Shape;
use crate::columns::{Make, Sample, WordRow};
use std::net::Ipv6Addr;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "url",
    means: "A URL with a scheme and a host, of ASCII.",
    make: Make::Plain(|| Arc::new(Shape { reason: "is no URL", holds })),
    samples: &[
        Sample::gives(r#"is = "url""#, "'https://example.org:8443/a?b=%20#c'", "'https://example.org:8443/a?b=%20#c'"),
        Sample::refuses(r#"is = "url""#, "'example.org'"),
        Sample::refuses(r#"is = "url""#, "'https:///a'"),
    ],
};

fn holds(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    is_scheme(scheme) && is_host(host) && rest.bytes().all(is_allowed) && escapes_are_whole(rest)
}

fn is_scheme(scheme: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(letter)
}

/// A name, an IPv4 address or an IPv6 address in brackets, and maybe a port.
fn is_host(host: &str) -> bool {
    let end = host.rfind(']').unwrap_or(0);
    let (name, port) = match host[end..].rfind(':') {
        Some(at) => (&host[..end + at], &host[end + at + 1..]),
        None => (host, "0"),
    };
    let number = port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let labels = || name.split('.').all(super::email::is_label);
    number && address.map_or_else(labels, |six| six.parse::<Ipv6Addr>().is_ok())
}

fn is_allowed(byte: u8) -> bool {
    byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte)
}

fn escapes_are_whole(text: &str) -> bool {
    let whole = |part: &str| part.len() >= 2 && part.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    text.split('%').skip(1).all(whole)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_almost_a_url_is_none() {
        for text in
            "|http://|http://a b|http://a:99999|http://a:+1|http://a/%2|1http://a|http://é.de|http://[::g]".split('|')
        {
            assert!(!super::holds(text), "{text:?}");
        }
        for text in ["http://localhost", "ftp://u:p@10.0.0.1/x", "http://[::1]:80/", "https://a?b"] {
            assert!(super::holds(text), "{text:?}");
        }
    }
}
