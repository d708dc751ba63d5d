//! What a connection is set to that an application lends, so that it is given back as it was.

use crate::error::{Error, Result, codes};
use crate::sqlite::{connect, content};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::time::Duration;

/// The settings that say whether text in double quotes is text.
pub const QUOTED: [DbConfig; 2] = [DbConfig::SQLITE_DBCONFIG_DQS_DML, DbConfig::SQLITE_DBCONFIG_DQS_DDL];

/// Settings of a connection that are put back.
#[derive(Debug)]
pub struct Before {
    foreign_keys: bool,
    quoted: [bool; 2],
    synchronous: i64,
    cache_size: i64,
    busy_timeout: i64,
    secure_delete: i64,
    attached: i32,
    legacy_alter_table: bool,
    /// Whether the application has a `content_hash` of its own.
    content_hash: bool,
    /// Temporary objects, which are the application's own.
    pub temporary: Vec<String>,
}

impl Before {
    /// As they are now.
    pub fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        Ok(Self {
            foreign_keys: connection.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY)?,
            quoted: [connection.db_config(QUOTED[0])?, connection.db_config(QUOTED[1])?],
            synchronous: pragma("synchronous")?,
            cache_size: pragma("cache_size")?,
            busy_timeout: pragma("busy_timeout")?,
            secure_delete: pragma("secure_delete")?,
            attached: connection.limit(rusqlite::limits::Limit::SQLITE_LIMIT_ATTACHED)?,
            legacy_alter_table: connection.db_config(DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE)?,
            content_hash: content::is_taken(connection)?,
            temporary: temporary(connection)?.into_iter().map(|(_, name)| name).collect(),
        })
    }

    /// Refuses names, in lower case, that would mean the application's temporary tables instead of the project's.
    pub fn refuse_hidden(&self, names: &[String]) -> Result<()> {
        let hidden = self.temporary.iter().find(|own| names.contains(&own.to_lowercase()));
        hidden.map_or(Ok(()), |own| {
            let message = format!("the connection has a temporary {own}, which hides the project's own");
            Err(Error::new(codes::STEP_FAILED, message).hint("drop it, or lend another connection"))
        })
    }

    /// Puts them back.
    pub fn put_back(&self, connection: &Connection) {
        let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, self.foreign_keys);
        for (config, value) in QUOTED.into_iter().zip(self.quoted) {
            let _ = connection.set_db_config(config, value);
        }
        let _ = connection.pragma_update(None, "synchronous", self.synchronous);
        let _ = connection.pragma_update(None, "cache_size", self.cache_size);
        let _ = connection.pragma_update(None, "secure_delete", self.secure_delete);
        let _ = connection.busy_timeout(Duration::from_millis(u64::try_from(self.busy_timeout).unwrap_or(0)));
        let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_LEGACY_ALTER_TABLE, self.legacy_alter_table);
        connect::shut(connection, self.attached);
        if !self.content_hash {
            content::remove(connection);
        }
    }
}

/// Temporary objects, kind and name. Where no temporary database was ever opened, asking would open it.
pub fn temporary(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    if connection.is_readonly("temp").is_err() {
        return Ok(Vec::new());
    }
    let asks = "SELECT type, name FROM sqlite_temp_schema WHERE type IN ('table', 'view', 'trigger')";
    connection.prepare(asks)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
