//! `./dev mutants`: seeded bugs, each of which a named test must catch.
//!
//! They are written down in `mutants/`, whose README says what a section is.

mod edit;
mod floor;
mod read;
mod scratch;
mod section;
mod trial;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use xtask::postgres::{Cluster, Programs};
use xtask::{Error, Result, say};

use crate::refuse;
use scratch::Scratch;
use section::Section;
use trial::{Bench, Outcome};

pub(crate) fn run(arguments: &[String]) -> Result<ExitCode> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => seeded(&all()?),
        ["--list"] => list(&all()?),
        ["--only", name] => seeded(&named(name)?),
        ["--all"] => floor::run(&[]),
        ["--all", "--file", globs] => floor::run(&globs.split(',').collect::<Vec<_>>()),
        _ => Ok(refuse("mutants takes --list, --only NAME[,NAME], or --all [--file GLOB[,GLOB]]")),
    }
}

fn all() -> Result<Vec<Section>> {
    read::sections(&crate::project::root().join("mutants"))
}

/// Those with one of these words, `this,that`, in their names.
fn named(words: &str) -> Result<Vec<Section>> {
    let is_meant = |section: &Section| words.split(',').any(|word| section.name.contains(word));
    let found: Vec<_> = all()?.into_iter().filter(is_meant).collect();
    match found.is_empty() {
        true => {
            Err(Error::new(format!("no seeded bug is called anything like {words:?}; --list shows them")))
        }
        false => Ok(found),
    }
}

fn list(sections: &[Section]) -> Result<ExitCode> {
    for Section { name, says, .. } in sections {
        println!("{name}\n    {}", says.replace('\n', "\n    "));
    }
    println!("{} seeded bugs", sections.len());
    Ok(ExitCode::SUCCESS)
}

/// Sees that the project as it is passes the tests, and that each bug fails one of its own.
fn seeded(sections: &[Section]) -> Result<ExitCode> {
    let programs = Programs::find_or_install()?;
    let scratch = Scratch::of_project()?;
    say("starting a PostgreSQL for the tests");
    let cluster = Cluster::ephemeral()?;
    let database = cluster.url("postgres");
    let bench = Bench::new(&scratch, &database, programs.directory());

    say("seeing that the project as it is passes the tests");
    let begin = Instant::now();
    if let Some(complaint) = bench.sound(sections.iter().flat_map(|section| &section.tests))? {
        return Err(Error::new(complaint));
    }
    println!("as it is, it passes them all; {} s", begin.elapsed().as_secs());

    let begin = Instant::now();
    let mut caught = 0;
    for section in sections {
        let begin = Instant::now();
        let outcome = bench.tried(section)?;
        caught += usize::from(matches!(outcome, Outcome::Caught(_)));
        println!("{}", line(section, &outcome, begin.elapsed()));
    }
    println!("caught {caught} of {} seeded bugs, in {} s", sections.len(), begin.elapsed().as_secs());
    Ok(if caught == sections.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn line(section: &Section, outcome: &Outcome, took: Duration) -> String {
    let what = match outcome {
        Outcome::Caught(test) => format!("caught    {} by {test}", section.name),
        Outcome::Survived => format!("SURVIVED  {}", section.name),
        Outcome::Broken(words) => format!("NO BUG    {} does not compile:\n{words}", section.name),
        Outcome::Hung(test) => format!("HUNG      {} in {test}", section.name),
        Outcome::Crashed(test) => format!("CRASHED   {} in {test}", section.name),
    };
    format!("{what}; {} s", took.as_secs())
}

#[cfg(test)]
mod tests;
