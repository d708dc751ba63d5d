//! A naïve model of a merge: rows in a vector, one after another, and rows made by seed.

/// A row of the target, and of each part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub mail: String,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub at: Option<i64>,
}

/// What happens where the mail is there already.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    Skip,
    Overwrite,
    Fill,
    Newest,
}

impl Rule {
    pub const ALL: [Self; 4] = [Self::Skip, Self::Overwrite, Self::Fill, Self::Newest];

    /// As it stands in a stage file.
    pub fn toml(self) -> &'static str {
        match self {
            Self::Skip => "\"skip\"",
            Self::Overwrite => "\"overwrite\"",
            Self::Fill => "{ fill = [\"name\", \"phone\"] }",
            Self::Newest => "{ newest = \"at\" }",
        }
    }
}

/// The target, and the step's account: inserted, updated, unchanged, skipped.
#[derive(Debug, Default)]
pub struct Model {
    pub people: Vec<Person>,
    pub account: [u64; 4],
}

impl Model {
    /// One more row, which has no phone where `phone` says that its part gives none.
    pub fn take(&mut self, incoming: &Person, rule: Rule, phone: bool) {
        let Some(there) = self.people.iter_mut().find(|person| person.mail == incoming.mail) else {
            self.people.push(Person { phone: incoming.phone.clone().filter(|_| phone), ..incoming.clone() });
            self.account[0] += 1;
            return;
        };
        let before = there.clone();
        let all = |there: &mut Person| {
            let kept = there.phone.take();
            *there = incoming.clone();
            if !phone {
                there.phone = kept;
            }
        };
        match rule {
            Rule::Skip => {}
            Rule::Overwrite => all(there),
            Rule::Fill => {
                there.name = there.name.take().or_else(|| incoming.name.clone());
                if phone {
                    there.phone = there.phone.take().or_else(|| incoming.phone.clone());
                }
            }
            // A time beats none; on a tie the one that is there stays.
            Rule::Newest if incoming.at > there.at => all(there),
            Rule::Newest => {}
        }
        let place = match (*there != before, rule) {
            (true, _) => 1,
            (false, Rule::Overwrite) => 2,
            (false, _) => 3,
        };
        self.account[place] += 1;
    }

    /// The target's rows as they are shown, in their order.
    pub fn rows(&self) -> Vec<String> {
        let shown = |text: &Option<String>| text.clone().unwrap_or_else(|| "NULL".to_owned());
        let mut rows: Vec<String> = self
            .people
            .iter()
            .map(|person| {
                let at = person.at.map_or("NULL".to_owned(), |at| at.to_string());
                format!("{} | {} | {} | {at}", person.mail, shown(&person.name), shown(&person.phone))
            })
            .collect();
        rows.sort();
        rows
    }
}

/// So many rows by this seed: mails that come again and again, and values that are often missing.
pub fn people(mut seed: u64, count: usize) -> Vec<Person> {
    let mut next = |below: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    let mut one = |at: usize| Person {
        mail: format!("m{}", next(14)),
        name: (next(3) > 0).then(|| format!("name {at} {}", next(1000))),
        phone: (next(2) > 0).then(|| next(1000).to_string()),
        at: (next(4) > 0).then(|| i64::try_from(next(6)).expect("small")),
    };
    (0..count).map(&mut one).collect()
}

/// The statement that puts them into a table with a key of its own.
pub fn insert(table: &str, key: impl Fn(usize) -> String, people: &[Person]) -> String {
    let text = |text: &Option<String>| text.as_ref().map_or("NULL".to_owned(), |text| format!("'{text}'"));
    let rows: Vec<String> = people
        .iter()
        .enumerate()
        .map(|(number, person)| {
            let at = person.at.map_or("NULL".to_owned(), |at| at.to_string());
            format!("({}, '{}', {}, {}, {at})", key(number), person.mail, text(&person.name), text(&person.phone))
        })
        .collect();
    format!("INSERT INTO {table} VALUES {};\n", rows.join(", "))
}
