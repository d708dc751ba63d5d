//! Numbers, sizes and times as they are read.

/// `1,234,567`
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 step`, `9 steps`
pub fn count(count: usize, noun: &str) -> String {
    format!("{} {noun}{}", number(count as u64), if count == 1 { "" } else { "s" })
}

/// `850 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`
pub fn duration(ms: u64) -> String {
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        60_000..3_600_000 => format!("{} min {} s", ms / 60_000, ms % 60_000 / 1_000),
        _ => format!("{} h {} min", number(ms / 3_600_000), ms % 3_600_000 / 60_000),
    }
}

/// `512 bytes`, `1.2 MB`, in powers of a thousand
pub fn bytes(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    let power = bytes.checked_ilog(1_000).unwrap_or(0) as usize;
    if power == 0 {
        return format!("{bytes} bytes");
    }
    let tenths = bytes / (1_000_u64.pow(power as u32) / 10);
    let (whole, rest) = (tenths / 10, tenths % 10);
    if rest == 0 || whole >= 100 {
        format!("{whole} {}", units[power - 1])
    } else {
        format!("{whole}.{rest} {}", units[power - 1])
    }
}

/// An RFC 3339 time as people read it; other text stays as it is.
pub fn time(text: &str) -> String {
    match text.strip_suffix('Z').and_then(|utc| utc.split_once('T')) {
        Some((date, time)) => format!("{date} {} UTC", time.split('.').next().unwrap_or(time)),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read_easily() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([999, 4_250, 200_000, 7_500_000].map(duration), ["999 ms", "4.2 s", "3 min 20 s", "2 h 5 min"]);
        assert_eq!(
            [0, 999, 1_000, 1_250_000, 256_000_000].map(bytes),
            ["0 bytes", "999 bytes", "1 kB", "1.2 MB", "256 MB"]
        );
        assert_eq!(bytes(u64::MAX), "18.4 EB");
        assert_eq!(time("2025-11-20T07:43:11.123Z"), "2025-11-20 07:43:11 UTC");
        assert_eq!(time("yesterday"), "yesterday");
    }
}
