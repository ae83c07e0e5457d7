//! The levels of an open image: those of its file, then those that were made for it and kept.

use std::path::PathBuf;

use spatial::{Level, Pyramid, TileWindow};

use crate::driver::{Driver, ExactStored, Keep, Stored};
use crate::error::Fault;
use crate::geotiff::GeoTiff;
use crate::overviews;
use crate::rough::RoughGrid;
use crate::source::OpenOptions;

/// A file's own levels and the kept overviews that go on from its coarsest.
#[derive(Debug)]
pub(crate) struct Levels {
    driver: Box<dyn Driver>,
    kept: Option<GeoTiff>,
    all: Vec<Level>,
    own: usize,
}

impl Levels {
    /// Looks for kept overviews where the file's own levels end too early.
    pub(crate) fn new(
        driver: Box<dyn Driver>,
        of: (&[PathBuf], Option<&str>),
        options: &OpenOptions,
    ) -> Self {
        let mut all = driver.levels();
        let own = all.len();
        let kept = all
            .last()
            .filter(|l| overviews::are_wanted((l.width, l.height)))
            .and_then(|coarsest| overviews::open_kept(of, options, &*driver, *coarsest));
        if let Some(kept) = &kept {
            all.extend(kept.levels());
        }
        Self { driver, kept, all, own }
    }

    /// `None` when the sizes contradict each other.
    pub(crate) fn pyramid(&self) -> Option<Pyramid> {
        Pyramid::new(self.all.clone())
    }

    pub(crate) fn driver(&self) -> &dyn Driver {
        &*self.driver
    }

    pub(crate) fn coarsest(&self) -> usize {
        self.all.len() - 1
    }

    pub(crate) fn level(&self, level: usize) -> Level {
        self.all[level]
    }

    pub(crate) fn all(&self) -> &[Level] {
        &self.all
    }

    /// Where single pixels of a level cost little.
    pub(crate) fn rough(&self, level: usize) -> Option<RoughGrid> {
        let (driver, level) = self.place(level);
        driver.rough(level)
    }

    pub(crate) fn read_crossings(
        &self,
        level: usize,
        crossings: (&[u32], &[u32]),
        samples: &[usize],
    ) -> Result<Stored, Fault> {
        let (driver, level) = self.place(level);
        driver.read_crossings(level, crossings, samples)
    }

    /// The file that holds a level, and the level's number in it.
    fn place(&self, level: usize) -> (&dyn Driver, usize) {
        match &self.kept {
            Some(kept) if level >= self.own => (kept, level - self.own),
            _ => (&*self.driver, level),
        }
    }

    pub(crate) fn has_mask(&self, level: usize) -> bool {
        let (driver, level) = self.place(level);
        driver.has_mask(level)
    }

    pub(crate) fn rows_ahead(&self, level: usize) -> Option<u32> {
        let (driver, level) = self.place(level);
        driver.rows_ahead(level)
    }

    pub(crate) fn load_rows(&self, level: usize, y: u32, height: u32) -> Result<(), Fault> {
        let (driver, level) = self.place(level);
        driver.load_rows(level, y, height)
    }

    pub(crate) fn read(
        &self,
        level: usize,
        window: TileWindow,
        samples: &[usize],
        keep: Keep,
    ) -> Result<Stored, Fault> {
        let (driver, level) = self.place(level);
        driver.read(level, window, samples, keep)
    }

    pub(crate) fn read_exact(
        &self,
        level: usize,
        window: TileWindow,
        samples: &[usize],
        keep: Keep,
    ) -> Result<ExactStored, Fault> {
        let (driver, level) = self.place(level);
        driver.read_exact(level, window, samples, keep)
    }
}
