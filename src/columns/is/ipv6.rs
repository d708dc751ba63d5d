//! `is = "ipv6"`: an IPv6 address.

use super::Shape;
use crate::columns::{Make, Sample, WordRow};
use std::net::Ipv6Addr;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "ipv6",
    means: "An IPv6 address, without brackets and without a zone.",
    make: Make::Plain(|| Arc::new(Shape { reason: "is no IPv6 address", holds })),
    samples: &[
        Sample::gives(r#"is = "ipv6""#, "'2001:db8::1'", "'2001:db8::1'"),
        Sample::refuses(r#"is = "ipv6""#, "'fe80::1%eth0'"),
    ],
};

fn holds(text: &str) -> bool {
    text.parse::<Ipv6Addr>().is_ok()
}
