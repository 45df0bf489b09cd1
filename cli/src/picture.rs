//! Pictures that the house sends, written into files.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::fail::{Failure, Result};

/// Writes a picture into a new file. Only for whoever took it: it shows people.
pub(crate) fn write(path: &Path, jpeg_base64: &str) -> Result<()> {
    let jpeg = STANDARD.decode(jpeg_base64).map_err(|e| Failure::failed(format!("the picture is broken: {e}")))?;
    let file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(&jpeg));
    written.map_err(|e| Failure::failed(format!("cannot write {}: {e}", path.display())))
}
