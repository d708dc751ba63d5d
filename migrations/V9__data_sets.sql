-- IDZ speaks of data sets, and looks for a column of that name: the library of a source file becomes its data set. The
-- application of MVP3 asks for `library` and fails from here on, so this stage needs downtime.

ALTER TABLE source_files RENAME COLUMN library TO data_set;

ALTER TABLE source_files ADD COLUMN project_key TEXT REFERENCES projects (project_key) ON DELETE SET NULL;

CREATE INDEX source_files_by_project ON source_files (project_key);
