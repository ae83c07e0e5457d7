//! A hyperspectral product of a whole image, into a GeoTIFF.

use std::path::Path;

use spectral::{
    Background, ClusterOptions, Clusters, Components, ComputedBy, Constraint, Cube as _, Engine, Gaussian,
    Members, Sink, SpectralError, map_on,
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
    pub computed_by: ComputedBy,
}

/// Hears how far a phase is and says whether to go on.
type On<'a> = &'a (dyn Fn(Phase, f64) -> bool + Sync);

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
    pub fn make(&self, cube: &ImageCube, path: &Path, on: On<'_>) -> Result<Facts, CubeError> {
        self.make_on(None, cube, path, on)
    }

    /// The same where an engine computes what is made of each pixel alone, see [`map_on`]. What the whole image is
    /// like is looked at by the processor, and unmixing is its work altogether.
    pub fn make_on(
        &self,
        engine: Option<&dyn Engine>,
        cube: &ImageCube,
        path: &Path,
        on: On<'_>,
    ) -> Result<Facts, CubeError> {
        let members =
            if self.kind.compares() { Some(Members::new(&self.spectra, cube.bands().len())?) } else { None };
        let bands = self.bands(cube);
        let image = cube.source().image();
        let remarks = vec![("PRODUCT".into(), self.kind.key().into()), ("OF".into(), image.name.clone())];
        let mut writer = RowWriter::create(path, image, &bands, self.kind == Kind::Clusters, remarks)?;
        let mut facts =
            self.compute(engine, cube, members.as_ref(), on, &mut |rows| Ok(writer.take(rows)?))?;
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
        engine: Option<&dyn Engine>,
        cube: &ImageCube,
        members: Option<&Members>,
        on: On<'_>,
        sink: Sink<'_>,
    ) -> Result<Facts, SpectralError> {
        let (look, write) = (|share: f64| on(Phase::Looking, share), |share: f64| on(Phase::Writing, share));
        let stats = || Gaussian::of(cube, &look)?.shrunk(self.shrinkage);
        let background = || Background::new(&stats()?).map_err(|e| in_the_file(e, cube));
        let mut facts = Facts::default();
        let computed_by = match (self.kind, members) {
            (Kind::Angle, Some(members)) => map_on(
                engine,
                cube,
                || spectral::angles_map(members),
                &|cube, on, sink| spectral::spectral_angles(cube, members, on, sink),
                &write,
                sink,
            )?,
            (Kind::MatchedFilter, Some(members)) => {
                let found = background()?;
                let map = || found.matched_filter_map(members);
                let twin: spectral::Twin<'_> =
                    &|cube, on, sink| spectral::matched_filter(cube, &found, members, on, sink);
                map_on(engine, cube, map, twin, &write, sink)?
            }
            (Kind::Coherence, Some(members)) => {
                let found = background()?;
                let map = || found.coherence_map(members);
                let twin: spectral::Twin<'_> =
                    &|cube, on, sink| spectral::coherence(cube, &found, members, on, sink);
                map_on(engine, cube, map, twin, &write, sink)?
            }
            (Kind::Unmix, Some(members)) => {
                let rule = if self.free_sum { Constraint::NonNegative } else { Constraint::FullyConstrained };
                spectral::unmix(cube, members, rule, &write, sink)?;
                ComputedBy::default()
            }
            (Kind::Principal, _) => {
                let found = Components::principal(&stats()?)?;
                facts.eigenvalues = found.eigenvalues().to_vec();
                self.components(engine, cube, &found, &write, sink)?
            }
            (Kind::NoiseOrdered, _) => {
                let found = self.noise_ordered(cube, &look)?;
                facts.eigenvalues = found.eigenvalues().to_vec();
                self.components(engine, cube, &found, &write, sink)?
            }
            (Kind::Clusters, _) => {
                let (clusters, seed) = (self.clusters, self.seed);
                let options = ClusterOptions { clusters, seed, ..ClusterOptions::default() };
                let found = Clusters::find(cube, &options, &look)?;
                facts.of_clusters(&found);
                let map = || Ok(found.assign_map());
                map_on(engine, cube, map, &|cube, on, sink| found.assign(cube, on, sink), &write, sink)?
            }
            // Members are there whenever the kind compares.
            (_, _) => {
                let found = background()?;
                let twin: spectral::Twin<'_> = &|cube, on, sink| spectral::anomaly(cube, &found, on, sink);
                map_on(engine, cube, || Ok(found.anomaly_map()), twin, &write, sink)?
            }
        };
        Ok(Facts { computed_by, ..facts })
    }

    fn noise_ordered(
        &self,
        cube: &ImageCube,
        look: &(dyn Fn(f64) -> bool + Sync),
    ) -> Result<Components, SpectralError> {
        let (pixels, noise) = (|share: f64| look(share / 2.0), |share: f64| look(0.5 + share / 2.0));
        let pixels = Gaussian::of(cube, &pixels)?.shrunk(self.shrinkage)?;
        let noise = Gaussian::of_noise(cube, &noise)?;
        Components::noise_ordered(&pixels, &noise).map_err(|e| in_the_file(e, cube))
    }

    fn components(
        &self,
        engine: Option<&dyn Engine>,
        cube: &ImageCube,
        found: &Components,
        write: &(dyn Fn(f64) -> bool + Sync),
        sink: Sink<'_>,
    ) -> Result<ComputedBy, SpectralError> {
        let count = self.count(cube).min(cube.shape().bands);
        if self.back {
            let twin: spectral::Twin<'_> = &|cube, on, sink| found.denoise(cube, count, on, sink);
            return map_on(engine, cube, || found.denoise_map(count), twin, write, sink);
        }
        let twin: spectral::Twin<'_> = &|cube, on, sink| found.transform(cube, count, on, sink);
        map_on(engine, cube, || found.transform_map(count), twin, write, sink)
    }
}

impl Facts {
    fn of_clusters(&mut self, found: &Clusters) {
        self.centres = (0..found.len()).map(|i| found.centre(i).to_vec()).collect();
        (self.sizes, self.passes, self.settled) = (found.sizes.clone(), found.passes, found.settled);
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
