//! The disk is full.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use xtask::command::output;

use super::act::{a_while, blocking, psql};
use super::{Fault, Injecting};
use crate::dice::Dice;
use crate::stage::Stage;
use crate::{Error, OrSay as _, Result};

/// The sessions move to a small disk, which is then filled.
#[derive(Debug)]
pub(super) struct DiskFull;

impl Fault for DiskFull {
    fn name(&self) -> &'static str {
        "disk-full"
    }

    fn inject<'a>(&'a self, stage: &'a Stage, dice: &'a mut Dice) -> Injecting<'a> {
        Box::pin(async move {
            let directory = stage.primary().directory().join("small");
            let disk = match blocking(move || Disk::mount(directory)).await {
                Ok(disk) => disk,
                Err(error) => {
                    // Most often: who runs this may not mount anything.
                    eprintln!("disk-full is left out: {error}");
                    return Ok(());
                }
            };
            let place = disk.0.display();
            psql(stage, format!("create tablespace small location '{place}'")).await?;
            let full = fill(stage, dice, &disk).await;
            disk.spare()?;
            psql(stage, MOVE_BACK).await?;
            // Whoever still has a file there open.
            psql(stage, "checkpoint").await?;
            psql(stage, "drop tablespace small").await?;
            full
        })
    }
}

const MOVE: &str =
    "alter table sessions set tablespace small; alter index sessions_pkey set tablespace small";
const MOVE_BACK: &str =
    "alter table sessions set tablespace pg_default; alter index sessions_pkey set tablespace pg_default";

async fn fill(stage: &Stage, dice: &mut Dice, disk: &Disk) -> Result<()> {
    psql(stage, MOVE).await?;
    disk.fill()?;
    a_while(dice, Duration::from_millis(1500)).await;
    Ok(())
}

/// A disk in memory, at a place that the server can reach. It goes when this is dropped.
#[derive(Debug)]
struct Disk(PathBuf);

impl Disk {
    fn mount(directory: PathBuf) -> Result<Self> {
        let cannot = || format!("cannot use {}", directory.display());
        std::fs::create_dir_all(&directory).or_say(cannot)?;
        let owner =
            directory.parent().ok_or_else(|| Error::new("no directory"))?.metadata().or_say(cannot)?;
        let options = format!("size=8m,mode=0700,uid={},gid={}", owner.uid(), owner.gid());
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&directory);
        output(&mut mount)?;
        Ok(Self(directory))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Leaves no room, not for a page.
    fn fill(&self) -> Result<()> {
        use std::io::Write as _;
        let file = std::fs::File::create(self.ballast()).or_say(|| "cannot fill the disk".to_owned())?;
        let mut file = std::io::LineWriter::with_capacity(0, file);
        while file.write_all(&[0; 4096]).is_ok() {}
        Ok(())
    }

    fn spare(&self) -> Result<()> {
        match std::fs::remove_file(self.ballast()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::new(format!("cannot empty the disk: {error}")))
            }
            _ => Ok(()),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: a backend may still have a file there open.
        let _ = output(Command::new("umount").arg("-l").arg(&self.0));
        let _ = std::fs::remove_dir(&self.0);
    }
}
