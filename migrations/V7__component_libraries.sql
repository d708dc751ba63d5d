-- The analyser opens members by their full data set name, while the directory of components gives libraries without the
-- site's high-level qualifier, which was enough to show them. And it tells a component by its library: two components
-- with the same one would be ambiguous, so this fails on a directory that has such.

UPDATE components
SET source_library = 'PROD.' || source_library
WHERE source_library IS NOT NULL;

CREATE UNIQUE INDEX components_by_library ON components (source_library);
