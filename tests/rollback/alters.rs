//! Every ALTER, alone.

use crate::shape::{SHOP, shapes};

const STRICT: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INT, c ANY) STRICT;\n-- rows\nINSERT INTO t VALUES (1, 'x', 1, 'y'), (2, '', NULL, x'00'), (5, 'z', -1, 1.0);";

const WITHOUT: &str = "CREATE TABLE t (a TEXT COLLATE NOCASE, b INTEGER, c TEXT, d REAL, PRIMARY KEY (b DESC, a)) WITHOUT ROWID;\
     CREATE INDEX t_c ON t (c DESC);\n-- rows\nINSERT INTO t VALUES ('x', 1, 'c', 1.5), ('X', 2, NULL, NULL), ('y', 1, '', -0.0);";

const COMPUTED: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, up TEXT GENERATED ALWAYS AS (upper(a)) VIRTUAL, n INTEGER, twice INTEGER AS (n * 2) STORED, z TEXT);\
     CREATE INDEX t_up ON t (up);\n-- rows\nINSERT INTO t (id, a, n, z) VALUES (1, 'x', 2, 'p'), (3, NULL, NULL, 'q');";

shapes! { there_and_back;
    add_column: SHOP, "ALTER TABLE customers ADD COLUMN phone TEXT;";
    add_column_with_default: SHOP, "ALTER TABLE customers ADD COLUMN rank TEXT NOT NULL DEFAULT 'new';";
    add_column_with_real_default: SHOP, "ALTER TABLE reviews ADD COLUMN weight REAL DEFAULT 1;";
    add_column_with_collation: SHOP, "ALTER TABLE codes ADD COLUMN short TEXT COLLATE NOCASE;";
    add_column_with_reference: SHOP, "ALTER TABLE reviews ADD COLUMN order_id INTEGER REFERENCES orders (id) ON DELETE CASCADE;";
    add_column_with_check: SHOP, "ALTER TABLE lines ADD COLUMN price REAL CHECK (price >= 0);";
    add_computed_column: SHOP, "ALTER TABLE customers ADD COLUMN shout TEXT GENERATED ALWAYS AS (upper(name)) VIRTUAL;";
    add_two_columns: SHOP, "ALTER TABLE staff ADD COLUMN room TEXT; ALTER TABLE staff ADD COLUMN floor INTEGER DEFAULT 0;";
    add_column_to_odd_names: SHOP, "ALTER TABLE \"odd names\" ADD COLUMN \"group by\" TEXT DEFAULT 'a''b';";
    add_column_without_rowid: WITHOUT, "ALTER TABLE t ADD COLUMN e TEXT DEFAULT 'e';";
    add_column_strict: STRICT, "ALTER TABLE t ADD COLUMN d REAL;";
    drop_column_in_the_middle: SHOP, "ALTER TABLE customers DROP COLUMN credit;";
    drop_last_column: SHOP, "ALTER TABLE customers DROP COLUMN since;";
    drop_blob_column: SHOP, "ALTER TABLE customers DROP COLUMN note;";
    drop_column_without_key: SHOP, "ALTER TABLE reviews DROP COLUMN words;";
    drop_column_with_null_keys: SHOP, "ALTER TABLE codes DROP COLUMN meaning;";
    drop_column_of_a_parent: SHOP, "ALTER TABLE staff DROP COLUMN name;";
    drop_column_of_a_child: SHOP, "DROP INDEX orders_by_customer; DROP INDEX paid_orders; ALTER TABLE orders DROP COLUMN placed;";
    drop_reference: SHOP, "ALTER TABLE reviews DROP COLUMN customer;";
    drop_two_columns: SHOP, "ALTER TABLE lines DROP COLUMN article; ALTER TABLE lines DROP COLUMN amount;";
    drop_column_of_odd_names: SHOP, "ALTER TABLE \"ODD names\" DROP COLUMN \"A \"\"b\"\"\";";
    drop_column_without_rowid: WITHOUT, "ALTER TABLE t DROP COLUMN d;";
    drop_column_strict: STRICT, "ALTER TABLE t DROP COLUMN c;";
    drop_computed_column: COMPUTED, "ALTER TABLE t DROP COLUMN twice;";
    drop_column_beside_computed_ones: COMPUTED, "ALTER TABLE t DROP COLUMN z;";
    rename_column: SHOP, "ALTER TABLE customers RENAME COLUMN name TO full_name;";
    rename_column_to_a_keyword: SHOP, "ALTER TABLE orders RENAME COLUMN placed TO \"order\";";
    rename_key_column: SHOP, "ALTER TABLE customers RENAME COLUMN id TO number;";
    rename_column_from_a_keyword: SHOP, "ALTER TABLE \"odd names\" RENAME COLUMN \"order\" TO n;";
    rename_column_without_rowid: WITHOUT, "ALTER TABLE t RENAME COLUMN a TO \"A b\";";
    rename_two_columns_crosswise: SHOP, "ALTER TABLE staff RENAME COLUMN name TO tmp; ALTER TABLE staff RENAME COLUMN boss TO name; ALTER TABLE staff RENAME COLUMN tmp TO boss;";
    rename_table: SHOP, "ALTER TABLE customers RENAME TO clients;";
    rename_self_referencing_table: SHOP, "ALTER TABLE staff RENAME TO people;";
    rename_table_and_column: SHOP, "ALTER TABLE orders RENAME TO purchases; ALTER TABLE purchases RENAME COLUMN total TO amount;";
    rename_odd_table: SHOP, "ALTER TABLE \"odd names\" RENAME TO \"odder \"\"names\"\"\";";
    rename_without_rowid: WITHOUT, "ALTER TABLE t RENAME TO u;";
    add_constraint: SHOP, "ALTER TABLE customers ADD CONSTRAINT has_name CHECK (length(name) >= 0);";
    set_not_null: STRICT, "ALTER TABLE t ALTER COLUMN c SET NOT NULL;";
    drop_not_null: SHOP, "ALTER TABLE customers ALTER COLUMN name DROP NOT NULL;";
}
