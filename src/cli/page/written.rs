//! Files that were written, as a page.

use super::{Page, figures};
use evolve::report::WrittenReport;

/// Writes on the page what became of the files: `word` is `Written` or `Sealed`.
pub fn show(report: &WrittenReport, word: &str, page: &mut Page) {
    match report.files.as_slice() {
        [] => page.title("Nothing was written: all is there already"),
        [file] => page.title(format!("{word}: {file}")),
        files => {
            page.title(format!("{word}: {}", figures::count(files.len(), "file")));
            page.gap();
            files.iter().for_each(|file| page.item(file.as_str()));
        }
    }
    page.notes(&report.notes);
}
