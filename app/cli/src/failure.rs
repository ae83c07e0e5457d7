//! What to do about an error: the hint that goes with it.

/// An error with a hint, for what the command line itself finds wrong.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(crate) struct Failure {
    what: String,
    hint: String,
}

impl Failure {
    pub(crate) fn because(what: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
        anyhow::Error::new(Self { what: what.into(), hint: hint.into() })
    }
}

/// The hint of the first error in the chain that has one; else where to look.
pub(crate) fn hint_of(error: &anyhow::Error) -> String {
    let found = error.chain().find_map(|cause| {
        let own = cause.downcast_ref::<Failure>().map(|e| e.hint.clone());
        let imagery = || cause.downcast_ref::<raster::OpenError>().map(|e| e.hint().to_owned());
        let tile = || cause.downcast_ref::<raster::ReadError>().map(|e| e.hint().to_owned());
        let written = || cause.downcast_ref::<raster::WriteError>().map(|e| e.hint().to_owned());
        let project = || cause.downcast_ref::<store::StoreError>().and_then(|e| e.hint().map(str::to_owned));
        let import = || cause.downcast_ref::<dataset::DatasetError>().and_then(dataset::DatasetError::hint);
        let export = || cause.downcast_ref::<dataset::ExportError>().and_then(dataset::ExportError::hint);
        let gpu = || cause.downcast_ref::<renderer::GpuError>().and_then(|e| e.hint().map(str::to_owned));
        let crs = || cause.downcast_ref::<spatial::CrsError>().map(|e| e.hint().to_owned());
        let scene = || cause.downcast_ref::<scenes::SceneError>().map(|e| e.hint().to_owned());
        let product = || cause.downcast_ref::<spectral::SpectralError>().map(|e| e.hint().to_owned());
        let library = || cause.downcast_ref::<spectral::LibraryError>().map(|e| e.hint().to_owned());
        let cube = || cause.downcast_ref::<cubes::CubeError>().map(cubes::CubeError::hint);
        let learning = || cause.downcast_ref::<learning::LearningError>().map(learning::LearningError::hint);
        let similar = || cause.downcast_ref::<similar::SimilarError>().map(|e| e.hint().to_owned());
        let asked = || cause.downcast_ref::<places::AskError>().map(places::AskError::hint);
        let paper = || cause.downcast_ref::<paper::PaperError>().map(|e| e.hint().to_owned());
        let questions = || cause.downcast_ref::<questions::ExchangeError>().map(|e| e.hint().to_owned());
        let server = || cause.downcast_ref::<server::ServerError>().and_then(|e| e.hint().map(str::to_owned));
        let file = || cause.downcast_ref::<std::io::Error>().map(file_hint);
        own.or_else(imagery)
            .or_else(tile)
            .or_else(written)
            .or_else(project)
            .or_else(import)
            .or_else(export)
            .or_else(gpu)
            .or_else(crs)
            .or_else(scene)
            .or_else(product)
            .or_else(library)
            .or_else(cube)
            .or_else(learning)
            .or_else(similar)
            .or_else(asked)
            .or_else(paper)
            .or_else(questions)
            .or_else(server)
            .or_else(file)
    });
    found.unwrap_or_else(|| "`orthoscope help COMMAND` says what a command takes".to_owned())
}

fn file_hint(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "check the path",
        std::io::ErrorKind::PermissionDenied => {
            "ask for the right to read or write there, or choose another place"
        }
        std::io::ErrorKind::StorageFull => "free some room on the disk",
        _ => "check the disk and the path",
    }
    .to_owned()
}
