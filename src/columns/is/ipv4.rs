//! `is = "ipv4"`: an IPv4 address.

use super::Shape;
use crate::columns::{Make, Sample, WordRow};
use std::net::Ipv4Addr;
use std::sync::Arc;

pub(super) const ROW: WordRow = WordRow {
    key: "ipv4",
    means: "An IPv4 address: four numbers, without leading zeros.",
    make: Make::Plain(|| Arc::new(Shape { reason: "is no IPv4 address", holds })),
    samples: &[
        Sample::gives(r#"is = "ipv4""#, "'192.168.0.1'", "'192.168.0.1'"),
        Sample::refuses(r#"is = "ipv4""#, "'192.168.0.256'"),
        Sample::refuses(r#"is = "ipv4""#, "'192.168.0.01'"),
    ],
};

fn holds(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}
