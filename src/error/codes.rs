//! The table of error codes: one row each, with the exit code it leads to and what it means.

/// How a command ends. The numbers are a promise to scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do.
    Done = 0,
    /// A step failed; what was taken back and what stands is said.
    Failed = 1,
    /// Bad arguments or a bad file; nothing was touched.
    BadInput = 2,
    /// Not finished, nothing wrong; the same command goes on.
    Unfinished = 3,
    /// Refused: risk, no way back, disk space, versions, nobody to ask; nothing was touched.
    Refused = 4,
    /// Another run holds the database.
    Held = 5,
    /// Files, `evolve.sum`, ledger or live schema disagree.
    Disagree = 6,
    /// A check or validation failed, or rows a user changed stand in the way; the step was taken back.
    Check = 7,
    /// Wrong key or damaged restore point; nothing was touched.
    Damaged = 8,
    /// Stopped by Ctrl-C; the same command continues.
    Interrupted = 130,
    /// Stopped by a termination signal; the same command continues.
    Terminated = 143,
}

/// A row of the table of codes.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `E` and four digits, never used again for something else.
    pub id: &'static str,
    /// The exit code.
    pub exit: Exit,
    /// What it means, in one sentence.
    pub means: &'static str,
}

macro_rules! codes {
    ($($name:ident = $id:literal, $exit:ident, $means:literal;)*) => {
        $(#[doc = $means] pub const $name: &Code = &Code { id: $id, exit: Exit::$exit, means: $means };)*
        /// Every code, in order.
        pub const CODES: &[&Code] = &[$($name),*];
    };
}

codes! {
    // E00: the project and its settings
    NO_PROJECT        = "E0001", BadInput, "There is no evolve.toml in this folder.";
    NOT_READABLE      = "E0002", BadInput, "A file or folder could not be read.";
    NOT_TOML          = "E0003", BadInput, "A file is not well-formed TOML.";
    UNKNOWN_KEY       = "E0004", BadInput, "A key that evolve does not know.";
    WRONG_TYPE        = "E0005", BadInput, "A value of another type than the key takes.";
    MISSING_KEY       = "E0006", BadInput, "A key that must be there is missing.";
    BAD_VALUE         = "E0007", BadInput, "A value that the key does not take.";
    TOO_LARGE         = "E0008", BadInput, "A file is larger than evolve reads.";
    NOT_TEXT          = "E0009", BadInput, "A file is not UTF-8 text, or holds a NUL.";
    UNKNOWN_ENV       = "E0010", BadInput, "No such environment in evolve.toml.";
    MISSING_VARIABLE  = "E0011", BadInput, "An environment variable that a setting refers to is not set.";
    NOT_YET           = "E0012", BadInput, "Part of the design that this version does not have yet.";
    OUTSIDE           = "E0013", BadInput, "A path leads out of the project's folder, or is no regular file.";
    NOT_WRITABLE      = "E0014", Failed,   "A file of the project could not be written.";
    EXISTS            = "E0015", BadInput, "A file that would be written is there already.";
    // E01: stage files
    BAD_STAGE         = "E0101", BadInput, "A stage file does not say what a stage needs.";
    DUPLICATE_ID      = "E0102", BadInput, "Two things of the project have one name.";
    UNKNOWN_STEP      = "E0103", BadInput, "No step or stage has this name.";
    UNOWNED           = "E0104", BadInput, "A migration that no stage lists, or that two list.";
    BAD_COLUMN        = "E0105", BadInput, "A column that cannot be understood.";
    BAD_EXPRESSION    = "E0106", BadInput, "An SQL expression that is not one expression, or does not compile.";
    UNKNOWN_TABLE     = "E0107", BadInput, "A transformation names a table or column that is not there.";
    NO_KEY            = "E0108", BadInput, "A source without a key that could be walked.";
    BAD_NAME          = "E0109", BadInput, "A name that cannot be a name.";
    // E02: migrations
    BAD_FILE_NAME     = "E0201", BadInput, "A file that looks like a migration and is not one.";
    DUPLICATE_VERSION = "E0202", BadInput, "One version in two files.";
    BAD_SQL           = "E0203", BadInput, "SQL that does not parse or does not compile.";
    FORBIDDEN_SQL     = "E0204", BadInput, "A statement that a migration may not hold.";
    BAD_DIRECTIVE     = "E0205", BadInput, "A directive at the head of a migration that cannot be understood.";
    EMPTY_MIGRATION   = "E0206", BadInput, "A migration without a statement.";
    ORPHAN_DOWN       = "E0207", BadInput, "A down file or twin without its migration.";
    // E03: the sum
    BAD_SUM           = "E0301", BadInput, "evolve.sum cannot be read.";
    NOT_AS_SEALED     = "E0302", Disagree, "A file is not as it was sealed, is missing, or is not sealed.";
    // E04: the graph
    CYCLE             = "E0401", BadInput, "Steps wait for each other in a circle.";
    BACKWARD_EDGE     = "E0402", BadInput, "A step of an earlier stage needs a later one.";
    AMBIGUOUS_ORDER   = "E0403", BadInput, "Two transformations write the same and nothing orders them.";
    // E05: the database
    BAD_URL           = "E0501", BadInput, "A database URL that cannot be understood.";
    NO_DATABASE       = "E0502", BadInput, "There is no database at the URL.";
    NOT_A_DATABASE    = "E0503", BadInput, "What is at the URL is not a database that evolve can open.";
    DATABASE          = "E0504", Failed,   "The database reported an error.";
    READ_ONLY         = "E0505", Refused,  "The database cannot be written.";
    HELD              = "E0506", Held,     "Another run holds the database.";
    LINKED            = "E0507", Refused,  "The database file has several names.";
    MISSING_FUNCTION  = "E0508", Refused,  "A function or collation of the application is missing here.";
    HOT_JOURNAL       = "E0509", Refused,  "The database must be recovered first and cannot be written.";
    BUSY              = "E0510", Failed,   "Other writers kept the database locked.";
    NEWER_LEDGER      = "E0511", Disagree, "The ledger was written by a newer evolve.";
    BAD_LEDGER        = "E0512", Disagree, "The ledger holds what it cannot hold.";
    CHANGED_STEP      = "E0513", Disagree, "An applied step is not as it was applied.";
    FILLED_DATABASE   = "E0514", Disagree, "The database is filled and has no ledger.";
    DRIFT             = "E0515", Disagree, "The live schema is not what the applied steps make.";
    FOREIGN_HISTORY   = "E0516", Disagree, "A row of refinery's history fits no file.";
    IN_TRANSACTION    = "E0517", BadInput, "The connection is in a transaction.";
    MISSING_SOURCE    = "E0518", Refused,  "A source of the application is missing here.";
    // E06: plans and policy
    WRONG_DIRECTION   = "E0601", BadInput, "The target lies in the other direction.";
    NO_TARGET         = "E0602", BadInput, "The command needs a target.";
    TOO_RISKY         = "E0603", Refused,  "The plan is riskier than the policy allows.";
    NO_WAY_BACK       = "E0604", Refused,  "A step cannot be undone with its data.";
    OPEN_RUN          = "E0605", Refused,  "Another command's run is unfinished.";
    MOVED_ON          = "E0606", Disagree, "What a plan was made for has moved on.";
    MUST_ASK          = "E0607", Refused,  "The command must ask and there is nobody to ask.";
    DECLINED          = "E0608", Refused,  "The person who was asked said no.";
    STAGE_REQUIRES    = "E0609", Refused,  "A stage cannot start from where the database stands.";
    OUT_OF_ORDER      = "E0610", Refused,  "An older step would be applied after newer ones.";
    CHANGED_HALF_STEP = "E0611", Disagree, "A half-done step was changed and is not resumed.";
    NO_ENCRYPTION     = "E0612", Refused,  "The project asks for encryption that this version does not have.";
    NO_SPACE          = "E0613", Refused,  "There is not enough disk space.";
    TOO_LARGE_AT_ONCE = "E0614", Refused,  "A step that must run in one transaction is too large for one.";
    MISSING_SECRET_KEY = "E0619", Refused, "A key that protected columns need is not there or cannot be used.";
    // E07: runs
    STEP_FAILED       = "E0701", Failed,   "A step failed and was taken back.";
    TRANSACTION_ENDED = "E0702", Failed,   "A statement ended the transaction of its step.";
    CHILDREN_LOST     = "E0703", Failed,   "Rows of a table that refers to a rebuilt one were lost.";
    ORPHANS           = "E0704", Failed,   "A step left rows that refer to nothing.";
    CHECK_FAILED      = "E0705", Check,    "A check did not hold.";
    ROWS_IN_THE_WAY   = "E0706", Check,    "Rows that a user changed or added stand in the way.";
    CONFLICT          = "E0707", Failed,   "A row would be written over another.";
    INTERRUPTED       = "E0708", Interrupted, "Stopped; the same command continues.";
    TERMINATED        = "E0709", Terminated,  "Stopped by a termination signal; the same command continues.";
    MISCOUNTED        = "E0710", Failed,   "Rows read and rows accounted for differ.";
    REJECTED          = "E0711", Check,    "Rows were rejected, more than the step allows.";
    CONSTRAINT        = "E0712", Failed,   "A constraint or a trigger of the database refuses a row.";
    // E08: restore points
    NO_RESTORE_POINT  = "E0801", BadInput, "No such restore point.";
    BAD_RESTORE_POINT = "E0802", Damaged,  "A restore point is damaged or is none.";
    FOREIGN_POINT     = "E0803", Refused,  "A restore point belongs to another database.";
    WRONG_SECRET_KEY = "E0809", Damaged, "Protected values were written with another key.";
    // E09: the command line
    USAGE             = "E0901", BadInput, "The command line cannot be understood.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_unique() {
        assert!(CODES.windows(2).all(|pair| pair[0].id < pair[1].id));
        assert!(CODES.iter().all(|code| code.means.ends_with('.')));
    }
}
