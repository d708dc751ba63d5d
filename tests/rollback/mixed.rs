//! Rows and schema changed by turns in one file.

use crate::shape::{SHOP, shapes};

shapes! { there_and_back;
    add_and_fill: SHOP, "ALTER TABLE customers ADD COLUMN domain TEXT; UPDATE customers SET domain = substr(email, instr(email, '@') + 1);";
    add_with_default_and_fill: SHOP, "ALTER TABLE staff ADD COLUMN grade INTEGER NOT NULL DEFAULT 1; UPDATE staff SET grade = 9 WHERE boss IS NULL;";
    fill_and_drop: SHOP, "UPDATE customers SET name = name || ' ' || coalesce(since, ''); ALTER TABLE customers DROP COLUMN since;";
    split_column: SHOP, "ALTER TABLE customers ADD COLUMN local TEXT; ALTER TABLE customers ADD COLUMN host TEXT; \
        UPDATE customers SET local = substr(email, 1, instr(email, '@') - 1), host = substr(email, instr(email, '@') + 1) WHERE email <> ''; ALTER TABLE customers DROP COLUMN credit;";
    insert_index_insert: SHOP, "INSERT INTO codes VALUES ('1', 'one'); CREATE INDEX codes_meaning ON codes (meaning); INSERT INTO codes VALUES ('2', 'two'); DELETE FROM codes WHERE code = '1';";
    update_rename_update: SHOP, "UPDATE staff SET name = upper(name); ALTER TABLE staff RENAME TO people; UPDATE people SET name = name || '.'; DELETE FROM people WHERE id = 5;";
    delete_rename_column_insert: SHOP, "DELETE FROM codes WHERE code = ''; ALTER TABLE codes RENAME COLUMN meaning TO sense; INSERT INTO codes (code, sense) VALUES ('S', 'sense');";
    update_then_drop_table: SHOP, "UPDATE codes SET meaning = 'gone'; DROP TABLE codes;";
    insert_then_drop_table: SHOP, "INSERT INTO reviews VALUES (1, 1, 'late'); DROP TABLE reviews;";
    delete_then_drop_column: SHOP, "DELETE FROM lines WHERE amount = 3; ALTER TABLE lines DROP COLUMN amount;";
    drop_column_then_delete: SHOP, "ALTER TABLE lines DROP COLUMN amount; DELETE FROM lines WHERE order_id = 1;";
    drop_column_then_insert: SHOP, "ALTER TABLE reviews DROP COLUMN words; INSERT INTO reviews VALUES (4, 1);";
    drop_column_then_update_key: SHOP, "ALTER TABLE staff DROP COLUMN name; UPDATE staff SET id = 50 WHERE id = 5;";
    drop_column_and_add_it_again: SHOP, "ALTER TABLE customers DROP COLUMN since; ALTER TABLE customers ADD COLUMN since INTEGER DEFAULT 7; UPDATE customers SET since = 8 WHERE id = 1;";
    table_out_of_two: SHOP, "CREATE TABLE sales (id INTEGER PRIMARY KEY, who TEXT, total NUMERIC); \
        INSERT INTO sales SELECT orders.id, customers.name, orders.total FROM orders JOIN customers ON customers.id = orders.customer; \
        UPDATE sales SET who = upper(who); DELETE FROM lines WHERE order_id NOT IN (SELECT id FROM sales WHERE total > 10);";
    normalise: SHOP, "CREATE TABLE articles (id INTEGER PRIMARY KEY, name TEXT UNIQUE); INSERT INTO articles (name) SELECT DISTINCT article FROM lines WHERE article IS NOT NULL; \
        ALTER TABLE lines ADD COLUMN article_id INTEGER REFERENCES articles (id); UPDATE lines SET article_id = (SELECT id FROM articles WHERE name = lines.article); ALTER TABLE lines DROP COLUMN article;";
    three_tables_by_turns: SHOP, "UPDATE orders SET state = 'gone' WHERE state = 'open'; CREATE INDEX a ON orders (state); DELETE FROM reviews WHERE stars IS NULL; \
        CREATE INDEX b ON reviews (stars); UPDATE orders SET state = 'paid' WHERE id = 1; INSERT INTO reviews VALUES (2, 3, 'new'); DROP INDEX a; DELETE FROM orders WHERE id = 2;";
    cascade_then_alter: SHOP, "DELETE FROM customers WHERE id = 1; ALTER TABLE orders ADD COLUMN note TEXT DEFAULT '-'; UPDATE orders SET note = 'left';";
    alter_then_cascade: SHOP, "ALTER TABLE orders ADD COLUMN note TEXT DEFAULT '-'; DELETE FROM customers WHERE id = 1;";
    move_table: SHOP, "CREATE TABLE code_book (code TEXT PRIMARY KEY, meaning TEXT); INSERT INTO code_book SELECT * FROM codes WHERE code IS NOT NULL; DROP TABLE codes;";
    swap_tables: SHOP, "ALTER TABLE codes RENAME TO tmp; ALTER TABLE reviews RENAME TO codes; ALTER TABLE tmp RENAME TO reviews;";
    swap_table_names_with_rows: SHOP, "ALTER TABLE codes RENAME TO old_codes; CREATE TABLE codes (code TEXT PRIMARY KEY, meaning TEXT, n INTEGER); INSERT INTO codes SELECT code, meaning, rowid FROM old_codes; UPDATE old_codes SET meaning = 'old';";
    select_and_analyze_between: SHOP, "UPDATE codes SET meaning = 'm'; SELECT count(*) FROM codes; REINDEX codes; UPDATE codes SET meaning = meaning || 'n';";
}
