//! Projects in memory and on disk, for the catalog's own tests.

use super::files::Files;
use std::path::Path;

/// The smallest evolve.toml.
pub const CONFIG: (&str, &str) = ("evolve.toml", "[project]\nname = \"test\"\n");

/// A project in memory: the smallest evolve.toml and these files.
pub fn project(pairs: &[(&'static str, &'static str)]) -> crate::error::Result<Files> {
    let mut all = vec![CONFIG];
    all.extend_from_slice(pairs);
    Files::embedded(Vec::leak(all))
}

/// Writes these files below a folder.
pub fn write(root: &Path, pairs: &[(&str, &str)]) {
    for (path, text) in pairs {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}
