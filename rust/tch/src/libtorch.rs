//! Which libtorch is there: the one that this worker was built with must be the one that it runs with.

use std::path::Path;

/// The version of the libtorch that a folder of the Python package torch holds; none if it cannot be read.
pub fn version(folder: &Path) -> Option<String> {
    let text = std::fs::read_to_string(folder.join("version.py")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("__version__ = "))?;
    Some(line.trim_matches(['\'', '"']).to_owned())
}
