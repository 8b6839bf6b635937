//! Prints the public interface that rustdoc has written down as JSON: a line for each item, in order.
//!
//! `./dev api` makes the file, and compares.

#![forbid(unsafe_code)]

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os().nth(1).ok_or("which file?")?;
    // What every type has that has the same derives and fields says nothing about this one.
    let interface = public_api::Builder::from_rustdoc_json(file)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .sorted(true)
        .build()?;
    for item in interface.items() {
        println!("{item}");
    }
    Ok(())
}
