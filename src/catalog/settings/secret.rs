//! A text that is shown to nobody by accident.

use std::fmt;

/// A database URL, a webhook: it has no `Display`, its `Debug` is `***`, and it is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A URL that can be shown: the password and whatever a parameter hides are masked.
    pub fn redacted(&self) -> String {
        let (address, parameters) = self.0.split_once('?').unwrap_or((&self.0, ""));
        // A password may hold any sign, `?` and `@` too: everything up to the last `@` belongs to it.
        let Some((scheme, rest)) = self.0.split_once("://") else { return with_parameters(address, parameters) };
        match rest.rsplit_once('@') {
            Some((person, place)) => {
                let user = person.split([':', '/', '?']).next().unwrap_or_default();
                let (place, parameters) = place.split_once('?').unwrap_or((place, ""));
                with_parameters(&format!("{scheme}://{user}:***@{place}"), parameters)
            }
            None => with_parameters(address, parameters),
        }
    }
}

fn with_parameters(address: &str, parameters: &str) -> String {
    const SHOWN: [&str; 5] = ["mode", "cache", "sslmode", "connect_timeout", "application_name"];
    if parameters.is_empty() {
        return address.to_owned();
    }
    let shown: Vec<_> = parameters
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((key, _)) if !SHOWN.contains(&key) => format!("{key}=***"),
            _ => pair.to_owned(),
        })
        .collect();
    format!("{address}?{}", shown.join("&"))
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0).into_bytes();
        bytes.fill(0);
        std::hint::black_box(&bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn s02_a_secret_is_not_shown() {
        assert_eq!(format!("{:?}", Secret::new("canary")), "***");
    }

    #[test]
    fn s01_a_url_is_shown_without_its_password() {
        for (url, shown) in [
            ("sqlite:knowledge.db", "sqlite:knowledge.db"),
            ("sqlite:///var/lib/k.db?mode=ro", "sqlite:///var/lib/k.db?mode=ro"),
            ("postgres://u:canary@h:5432/db", "postgres://u:***@h:5432/db"),
            ("postgres://u:can/a@r?y@h/db", "postgres://u:***@h/db"),
            ("postgres://u@h/db?password=canary&sslmode=require", "postgres://u:***@h/db?password=***&sslmode=require"),
            ("sqlite:k.db?key=canary", "sqlite:k.db?key=***"),
            ("postgres://u:canary@[::1]:5432/db", "postgres://u:***@[::1]:5432/db"),
        ] {
            assert_eq!(Secret::new(url).redacted(), shown);
        }
    }
}
