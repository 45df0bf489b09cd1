//! Writes the generated files of `nats/`, or names a folder to write them to.

use std::path::PathBuf;
use std::process::ExitCode;

use callboard_contract::{asyncapi, generated};

fn main() -> ExitCode {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("nats"), PathBuf::from);
    let wrong = asyncapi::check(&asyncapi::document());
    if !wrong.is_empty() {
        eprintln!("the AsyncAPI document is not sound:\n  {}", wrong.join("\n  "));
        return ExitCode::FAILURE;
    }
    for file in generated::files() {
        let path = folder.join(file.name);
        if let Err(error) = std::fs::write(&path, file.text) {
            eprintln!("cannot write {}: {error}; run it from the root of the repository", path.display());
            return ExitCode::FAILURE;
        }
        eprintln!("wrote {}", path.display());
    }
    ExitCode::SUCCESS
}
