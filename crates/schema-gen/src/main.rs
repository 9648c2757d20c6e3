//! Generates the schema table of the Pod, `crates/kubernetes-pod/src/schema/table.rs`, from the API
//! server's `OpenAPI` v3 document of core/v1 and from `by-hand.yaml`, which holds what the document
//! lacks.

mod builder;
mod by_hand;
mod complete;
mod document;
mod problem;
mod render;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use by_hand::ByHand;
use document::Document;
use problem::Problem;

const USAGE: &str = "usage: cargo run -p schema-gen -- --openapi FILE [--check]";

#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{USAGE}")]
    Usage,
    #[error("{path}: {source}", path = .path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("{path}: not an OpenAPI v3 document of core/v1: {source}", path = .path.display())]
    Document {
        path: PathBuf,
        source: serde_json::Error,
    },
    #[error("by-hand.yaml: {0}")]
    ByHand(#[from] yaml_serde::Error),
    #[error("{}", lines(.0))]
    Problems(Vec<Problem>),
    #[error(
        "crates/kubernetes-pod/src/schema/table.rs differs from what the document and by-hand.yaml give; \
         run `cargo run -p schema-gen -- --openapi FILE`"
    )]
    Differs,
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn main() -> ExitCode {
    match run(env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            match error {
                Error::Usage => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn run(arguments: impl Iterator<Item = String>) -> Result<(), Error> {
    let (openapi, check) = parse(arguments)?;
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let by_hand: ByHand = yaml_serde::from_str(&read(&here.join("by-hand.yaml"))?)?;
    let document: Document =
        serde_json::from_str(&read(&openapi)?).map_err(|source| Error::Document {
            path: openapi.clone(),
            source,
        })?;
    let table = complete::build(&document, &by_hand).map_err(Error::Problems)?;
    let text = render::render(&table, &by_hand.kubernetes);

    let path = here.join("../kubernetes-pod/src/schema/table.rs");
    if !check {
        return fs::write(&path, text).map_err(|source| Error::File { path, source });
    }
    if read(&path)? == text {
        Ok(())
    } else {
        Err(Error::Differs)
    }
}

fn parse(mut arguments: impl Iterator<Item = String>) -> Result<(PathBuf, bool), Error> {
    let mut openapi = None;
    let mut check = false;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--openapi" => openapi = arguments.next(),
            "--check" => check = true,
            _ => return Err(Error::Usage),
        }
    }
    let openapi = openapi.ok_or(Error::Usage)?;
    Ok((openapi.into(), check))
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}
