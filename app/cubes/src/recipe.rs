//! A hyperspectral product of a whole image, into a GeoTIFF.

use std::path::Path;

use spectral::{
    Background, ClusterOptions, Clusters, Components, Constraint, Cube as _, Gaussian, Members, Rows,
    SpectralError,
};

use crate::error::CubeError;
use crate::image::ImageCube;
use crate::rows::{NewBand, RowWriter};

/// Which product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Spectral angle to each spectrum, in radians.
    Angle,
    /// Matched filter of each spectrum against the background.
    MatchedFilter,
    /// Adaptive coherence with each spectrum.
    Coherence,
    /// How far each pixel lies from the background (RX).
    Anomaly,
    Principal,
    /// Components ordered by noise (MNF).
    NoiseOrdered,
    /// How much of each spectrum a pixel is made of.
    Unmix,
    /// Groups of like pixels (k-means).
    Clusters,
}

impl Kind {
    pub const ALL: [Self; 8] = [
        Self::Angle,
        Self::MatchedFilter,
        Self::Coherence,
        Self::Anomaly,
        Self::Principal,
        Self::NoiseOrdered,
        Self::Unmix,
        Self::Clusters,
    ];

    /// Its name on the command line and in the file.
    pub fn key(self) -> &'static str {
        match self {
            Self::Angle => "sam",
            Self::MatchedFilter => "mf",
            Self::Coherence => "ace",
            Self::Anomaly => "rx",
            Self::Principal => "pca",
            Self::NoiseOrdered => "mnf",
            Self::Unmix => "unmix",
            Self::Clusters => "kmeans",
        }
    }

    /// True when it compares pixels with given spectra.
    pub fn compares(self) -> bool {
        matches!(self, Self::Angle | Self::MatchedFilter | Self::Coherence | Self::Unmix)
    }

    /// True when it makes components.
    pub fn has_components(self) -> bool {
        matches!(self, Self::Principal | Self::NoiseOrdered)
    }

    /// True when it needs the covariance of the image inverted.
    pub fn has_background(self) -> bool {
        matches!(self, Self::MatchedFilter | Self::Coherence | Self::Anomaly)
    }
}

/// A product and how it is made.
#[derive(Clone, Debug, PartialEq)]
pub struct Recipe {
    pub kind: Kind,
    /// What pixels are compared with: a name and a value for each band that is used.
    pub spectra: Vec<(String, Vec<f64>)>,
    /// How many components; more than there are bands means all.
    pub components: usize,
    /// The bands again as the components tell them, without what the others held.
    pub back: bool,
    pub clusters: usize,
    pub seed: u64,
    /// Share by which a covariance is drawn towards a sphere, 0 to 1.
    pub shrinkage: f64,
    /// Abundances need not sum to one.
    pub free_sum: bool,
}

/// What is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The pixels are looked at; nothing is written yet.
    Looking,
    Writing,
}

/// What else is known of a product.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Names of its bands.
    pub bands: Vec<String>,
    /// Of components: the variance of each that there could be, largest first.
    pub eigenvalues: Vec<f64>,
    /// Of clusters: pixels of each.
    pub sizes: Vec<u64>,
    pub passes: usize,
    /// No centre moved any more.
    pub settled: bool,
    pub centres: Vec<Vec<f64>>,
}

impl Recipe {
    /// With ten components, eight clusters, no shrinkage.
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            spectra: Vec::new(),
            components: 10,
            back: false,
            clusters: 8,
            seed: 0,
            shrinkage: 0.0,
            free_sum: false,
        }
    }

    /// Makes it. `on` hears how far each phase is and says whether to go on; stopped, it leaves no file.
    pub fn make(
        &self,
        cube: &ImageCube,
        path: &Path,
        on: &(dyn Fn(Phase, f64) -> bool + Sync),
    ) -> Result<Facts, CubeError> {
        let members =
            if self.kind.compares() { Some(Members::new(&self.spectra, cube.bands().len())?) } else { None };
        let bands = self.bands(cube);
        let image = cube.source().image();
        let remarks = vec![("PRODUCT".into(), self.kind.key().into()), ("OF".into(), image.name.clone())];
        let mut writer = RowWriter::create(path, image, &bands, self.kind == Kind::Clusters, remarks)?;
        let mut facts = self.compute(cube, members.as_ref(), on, &mut |rows| Ok(writer.take(rows)?))?;
        if !on(Phase::Writing, 1.0) {
            return Err(CubeError::Stopped);
        }
        writer.finish()?;
        facts.bands = bands.into_iter().map(|b| b.name).collect();
        Ok(facts)
    }

    /// What the bands of the result are called.
    fn bands(&self, cube: &ImageCube) -> Vec<NewBand> {
        let named = |name: String| NewBand { name, wavelength_nm: None };
        let of_spectra = |what: &str| -> Vec<NewBand> {
            self.spectra.iter().map(|(name, _)| named(format!("{what} {name}"))).collect()
        };
        if self.kind.has_components() && self.back {
            let image = cube.source().image();
            let again = |b: &usize| {
                let band = &image.bands[*b];
                let name = band.name.clone().unwrap_or_else(|| format!("Band {}", b + 1));
                NewBand { name, wavelength_nm: band.wavelength_nm }
            };
            return cube.bands().iter().map(again).collect();
        }
        let components = |what: &str| (1..=self.count(cube)).map(|i| named(format!("{what} {i}"))).collect();
        match self.kind {
            Kind::Angle => of_spectra("Angle (rad) to"),
            Kind::MatchedFilter => of_spectra("Matched filter of"),
            Kind::Coherence => of_spectra("Coherence with"),
            Kind::Unmix => {
                let mut bands = of_spectra("Abundance of");
                bands.push(named("Root mean square rest".into()));
                bands
            }
            Kind::Anomaly => vec![named("Anomaly".into())],
            Kind::Principal => components("Principal component"),
            Kind::NoiseOrdered => components("Noise-ordered component"),
            Kind::Clusters => vec![named("Cluster".into())],
        }
    }

    fn count(&self, cube: &ImageCube) -> usize {
        self.components.min(cube.bands().len())
    }

    fn compute(
        &self,
        cube: &ImageCube,
        members: Option<&Members>,
        on: &(dyn Fn(Phase, f64) -> bool + Sync),
        sink: &mut dyn FnMut(Rows) -> Result<(), spectral::BoxError>,
    ) -> Result<Facts, SpectralError> {
        let (look, write) = (|share: f64| on(Phase::Looking, share), |share: f64| on(Phase::Writing, share));
        let stats = || Gaussian::of(cube, &look)?.shrunk(self.shrinkage);
        let mut facts = Facts::default();
        match (self.kind, members) {
            (Kind::Angle, Some(members)) => spectral::spectral_angles(cube, members, &write, sink)?,
            (Kind::MatchedFilter, Some(members)) => {
                let background = Background::new(&stats()?).map_err(|e| in_the_file(e, cube))?;
                spectral::matched_filter(cube, &background, members, &write, sink)?;
            }
            (Kind::Coherence, Some(members)) => {
                let background = Background::new(&stats()?).map_err(|e| in_the_file(e, cube))?;
                spectral::coherence(cube, &background, members, &write, sink)?;
            }
            (Kind::Unmix, Some(members)) => {
                let rule = if self.free_sum { Constraint::NonNegative } else { Constraint::FullyConstrained };
                spectral::unmix(cube, members, rule, &write, sink)?;
            }
            (Kind::Principal, _) => {
                let found = Components::principal(&stats()?)?;
                self.components(cube, &found, &mut facts, &write, sink)?;
            }
            (Kind::NoiseOrdered, _) => {
                let (pixels, noise) = (|share: f64| look(share / 2.0), |share: f64| look(0.5 + share / 2.0));
                let pixels = Gaussian::of(cube, &pixels)?.shrunk(self.shrinkage)?;
                let noise = Gaussian::of_noise(cube, &noise)?;
                let found = Components::noise_ordered(&pixels, &noise).map_err(|e| in_the_file(e, cube))?;
                self.components(cube, &found, &mut facts, &write, sink)?;
            }
            (Kind::Clusters, _) => {
                let (clusters, seed) = (self.clusters, self.seed);
                let options = ClusterOptions { clusters, seed, ..ClusterOptions::default() };
                let clusters = Clusters::find(cube, &options, &look)?;
                clusters.assign(cube, &write, sink)?;
                facts.centres = (0..clusters.len()).map(|i| clusters.centre(i).to_vec()).collect();
                (facts.sizes, facts.passes) = (clusters.sizes.clone(), clusters.passes);
                facts.settled = clusters.settled;
            }
            // Members are there whenever the kind compares.
            (_, _) => {
                let background = Background::new(&stats()?).map_err(|e| in_the_file(e, cube))?;
                spectral::anomaly(cube, &background, &write, sink)?;
            }
        }
        Ok(facts)
    }

    fn components(
        &self,
        cube: &ImageCube,
        found: &Components,
        facts: &mut Facts,
        write: &(dyn Fn(f64) -> bool + Sync),
        sink: &mut dyn FnMut(Rows) -> Result<(), spectral::BoxError>,
    ) -> Result<(), SpectralError> {
        facts.eigenvalues = found.eigenvalues().to_vec();
        let count = self.count(cube).min(cube.shape().bands);
        if self.back {
            found.denoise(cube, count, write, sink)
        } else {
            found.transform(cube, count, write, sink)
        }
    }
}

/// Names a band by its number in the file rather than among those that are used.
fn in_the_file(error: SpectralError, cube: &ImageCube) -> SpectralError {
    match error {
        SpectralError::Singular { of, band } => {
            SpectralError::Singular { of, band: cube.bands().get(band - 1).map_or(band, |b| b + 1) }
        }
        other => other,
    }
}
