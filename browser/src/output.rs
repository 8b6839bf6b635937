//! What programs say when they are ready.

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout};

use crate::Result;

/// The output of a program that we have started. To be kept as long as the program, or it would die
/// of its next word.
#[derive(Debug)]
pub(crate) struct Output(Lines<BufReader<ChildStdout>>);

impl Output {
    pub(crate) fn of(child: &mut Child) -> Result<Self> {
        let stdout = child.stdout.take().ok_or("the program's output was not piped")?;
        Ok(Self(BufReader::new(stdout).lines()))
    }

    /// Waits for the line that contains `mark`, and answers the rest of that line.
    pub(crate) async fn after(&mut self, mark: &str) -> Result<String> {
        while let Some(line) = self.0.next_line().await? {
            if let Some((_, rest)) = line.split_once(mark) {
                return Ok(rest.to_owned());
            }
        }
        Err(format!("the program ended without saying {mark:?}").into())
    }
}
