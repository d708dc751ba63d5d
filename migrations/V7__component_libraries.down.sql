-- Written by hand: the old values alone would not do. Components that were entered since have the full name too, and the
-- application of MVP2 knows only the short one. Names under another qualifier have no short form, and stay.

DROP INDEX components_by_library;

UPDATE components
SET source_library = substr(source_library, 6)
WHERE substr(source_library, 1, 5) = 'PROD.';
