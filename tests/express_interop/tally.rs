//! Differences, counted. Of a hundred thousand the first few say enough.

#[derive(Default)]
pub(crate) struct Tally {
    differences: usize,
    first: Vec<String>,
}

impl Tally {
    pub(crate) fn note(&mut self, difference: impl FnOnce() -> String) {
        const SHOWN: usize = 5;
        const WIDTH: usize = 2000;
        self.differences += 1;
        if self.first.len() < SHOWN {
            self.first.push(difference().chars().take(WIDTH).collect());
        }
    }

    #[track_caller]
    pub(crate) fn assert_none(&self) {
        assert!(
            self.differences == 0,
            "{} differences, such as\n{}",
            self.differences,
            self.first.join("\n")
        );
    }
}
