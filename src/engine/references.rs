//! What an engine must know of references while a transformation is taken back.

use crate::error::Result;
use crate::movement::Movement;

/// References to rows that go back. The database does not guard them meanwhile: rows that a step wrote may refer to each
/// other, and what users wrote must neither go with them nor be left alone.
pub trait References {
    /// Whether anything can refer to the tables.
    fn any(&self) -> Result<bool>;

    /// Refuses where rows that stay refer to rows that Movements have told to be [going](crate::engine::Mover::going). Nothing is said
    /// about tables that are `unclear`.
    fn refuse(&self, unclear: &[String]) -> Result<()>;

    /// Notes, in the transaction of the first batch, which references are broken already: they are so at the end too.
    fn note(&self) -> Result<()>;

    /// The rows of tables that the way back of this Movement may lose, because the database's own triggers delete.
    fn count(&self, movement: &Movement) -> Result<Vec<(String, i64)>>;

    /// Refuses where there are fewer now.
    fn refuse_lost(&self, before: &[(String, i64)]) -> Result<()>;

    /// Refuses, in the transaction of the last batch, references that are broken now and were not. Forgets what was noted.
    fn compare(&self) -> Result<()>;
}
