//! What the commands share: opening projects, finding layers, writing files whole.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use desktop::preferences::Preferences;
use picture::{LayerView, Rendering};
use project::review;
use project::{Author, Layer, LayerId, LayerRole, Project};
use raster::Source;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use spatial::Crs;
use store::{Identity, OpenMode, Session, Signer, Store};

use crate::failure::Failure;
use crate::output::{Output, table};

/// Unix milliseconds now.
pub(crate) fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_millis() as i64)
}

/// Who made the file.
pub(crate) fn identity() -> Identity {
    Identity::new(&format!("Orthoscope {}", env!("CARGO_PKG_VERSION")), now_ms())
}

/// True for a file with a project's name.
pub(crate) fn is_project(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gpkg"))
}

/// Opens a project to change it; one that can only be read is an error that says who holds it.
pub(crate) fn edit(path: &Path, holder: &str) -> anyhow::Result<Session> {
    let session = Session::open(path, OpenMode::ReadWrite { holder: holder.to_owned() })?;
    match session.read_only() {
        Some(reason) => Err(store::StoreError::ReadOnly(reason.clone()).into()),
        None => signed(session),
    }
}

/// The key of whoever uses this program, and the name that is set in the window; `None` on a machine without a place for
/// settings.
pub(crate) fn signer() -> anyhow::Result<Option<(Signer, Author)>> {
    let Some(folder) = Preferences::folder() else { return Ok(None) };
    let signer = Signer::load_or_make(&folder)?;
    let (preferences, _) = Preferences::load(&folder);
    Ok(Some((signer, Author::new(&preferences.author))))
}

/// The name that is set in the window, where none is given.
pub(crate) fn author_or(given: Option<&str>) -> anyhow::Result<Author> {
    match given {
        Some(name) => Ok(Author::new(name)),
        None => Ok(signer()?.map_or_else(|| Author::new("command line"), |(_, name)| name)),
    }
}

/// Signs what is done from now on.
pub(crate) fn signed(session: Session) -> anyhow::Result<Session> {
    Ok(match signer()? {
        Some((signer, name)) => session.signed_by(signer, name),
        None => session,
    })
}

/// Opens a project to look at it, also while somebody else has it open.
pub(crate) fn load(path: &Path) -> anyhow::Result<Project> {
    Ok(Store::open(path, OpenMode::ReadOnly)?.1.project)
}

/// Where a layer's file is, seen from its project.
pub(crate) fn layer_path(project_path: &Path, layer: &Layer) -> PathBuf {
    let folder = project_path.parent().unwrap_or(Path::new("."));
    raster::located(folder, &layer.path)
}

/// Opens the imagery of a layer.
pub(crate) fn open_layer(project_path: &Path, layer: &Layer) -> anyhow::Result<Source> {
    let path = layer_path(project_path, layer);
    Source::open(&path).with_context(|| format!("layer {}", layer.name))
}

/// A project with its layers ready to draw, lowest first. Layers whose file is gone are an error.
pub(crate) fn open_with_layers(path: &Path) -> anyhow::Result<(Project, Vec<LayerView>)> {
    let project = load(path)?;
    let mut layers = Vec::new();
    for (number, (_, layer)) in project.layers_in_order().into_iter().enumerate() {
        let source = Arc::new(open_layer(path, layer)?);
        let rendering = Rendering::of(&source)?;
        layers.push(LayerView::new(number as u64, source, rendering, project.crs())?);
    }
    Ok((project, layers))
}

/// An image as a layer of a project in a folder; the path is kept relative where it can be.
pub(crate) fn describe_layer(
    project_path: &Path,
    imagery: &Path,
    role: Option<LayerRole>,
) -> anyhow::Result<Layer> {
    let source = Source::open(imagery)?;
    let image = source.image();
    let is_remote = raster::is_address(imagery);
    let named = if is_remote { Path::new(&image.name) } else { imagery };
    let name = named.file_stem().map_or_else(|| image.name.clone(), |n| n.to_string_lossy().into_owned());
    Ok(Layer {
        role: role.unwrap_or_else(|| LayerRole::guess(&name)),
        name,
        path: relative_path(project_path, imagery)?,
        crs: image.crs.clone(),
        transform: image.transform,
        warp: image.warp.clone(),
        width: image.width,
        height: image.height,
        bands: image.bands.len() as u32,
        order: 0,
        alignment: spatial::align::Method::default(),
        // A folder of images, or an image on a server, has no checksum of its own.
        sha256: if imagery.is_file() { Some(sha256_of(imagery)?) } else { None },
    })
}

fn relative_path(project_path: &Path, imagery: &Path) -> anyhow::Result<String> {
    if raster::is_address(imagery) {
        return Ok(imagery.to_string_lossy().into_owned());
    }
    let absolute = imagery.canonicalize().with_context(|| format!("cannot find {}", imagery.display()))?;
    let folder = project_path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().with_context(|| format!("cannot find {}", folder.display()))?;
    let relative = absolute.strip_prefix(&folder).map_or_else(|_| absolute.clone(), Path::to_path_buf);
    Ok(relative.to_string_lossy().replace('\\', "/"))
}

/// SHA-256 of a file as lower-case hex.
pub(crate) fn sha256_of(path: &Path) -> anyhow::Result<String> {
    let mut file = std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => hasher.update(&buffer[..n]),
        }
    }
    let hash = hasher.finalize();
    Ok(hash.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}")))
}

/// The layer that a person means: by name or number (from 1), else the only one, else the one after the
/// event, else the topmost.
pub(crate) fn choose_layer(project: &Project, wanted: Option<&str>) -> anyhow::Result<LayerId> {
    let layers = project.layers_in_order();
    let names = || layers.iter().map(|(_, l)| l.name.as_str()).collect::<Vec<_>>().join(", ");
    if let Some(wanted) = wanted {
        let number = wanted.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        let by_name = layers.iter().find(|(_, l)| l.name == wanted);
        let found = by_name.or_else(|| number.and_then(|n| layers.get(n)));
        let missing = || {
            Failure::because(format!("There is no layer `{wanted}`"), format!("the layers are: {}", names()))
        };
        return found.map(|(id, _)| *id).ok_or_else(missing);
    }
    let after = layers.iter().rev().find(|(_, l)| l.role == LayerRole::After);
    after.or(layers.last()).map(|(id, _)| *id).ok_or_else(|| {
        Failure::because("The project has no layer", "register imagery first: orthoscope add PROJECT IMAGE")
    })
}

/// Reads a CSV file, or standard input for `-`.
pub(crate) fn read_bytes(path: &Path, limit: u64) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(limit + 1).read_to_end(&mut bytes)?;
    } else {
        let file = std::fs::File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        file.take(limit + 1).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > limit {
        return Err(Failure::because(
            format!("{} is larger than {} MB", path.display(), limit >> 20),
            "split the table and read its parts one after the other",
        ));
    }
    Ok(bytes)
}

/// Writes a file beside its place and moves it there, so that it is whole or absent.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || -> anyhow::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        // A temporary file is its owner's alone; what a user asked for is readable like any file of theirs.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
        }
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// `info` of a project.
pub(crate) fn describe(path: &Path, output: &Output) -> anyhow::Result<()> {
    let (store, loaded) = Store::open(path, OpenMode::ReadOnly)?;
    let value = project_json(path, &loaded.project, store.last_seq());
    output.result(&value, || project_text(path, &loaded.project, store.last_seq()))
}

fn counts(project: &Project) -> (BTreeMap<String, usize>, BTreeMap<String, usize>, BTreeMap<String, usize>) {
    let mut by_class = BTreeMap::new();
    let mut by_author = BTreeMap::new();
    for region in project.regions().keys() {
        if let Some((_, label)) = project.label_of(*region) {
            *by_class.entry(label.class.to_string()).or_default() += 1;
        }
    }
    for label in project.labels().values() {
        *by_author.entry(label.author.to_string()).or_default() += 1;
    }
    let by_stage = review::status(project).into_iter().map(|(s, n)| (s.key().to_owned(), n)).collect();
    (by_class, by_stage, by_author)
}

fn project_json(path: &Path, project: &Project, seq: u64) -> Value {
    let (by_class, by_stage, by_author) = counts(project);
    let layers: Vec<Value> = project.layers_in_order().iter().map(|(id, l)| layer_json(*id, l)).collect();
    json!({
        "kind": "project",
        "path": path,
        "version": env!("CARGO_PKG_VERSION"),
        "crs": project.crs().map(Crs::label),
        "schema": project.schema().map(|s| json!({ "id": s.id, "version": s.version, "name": s.name })),
        "layers": layers.len(),
        "layer_list": layers,
        "regions": project.regions().len(),
        "labels": project.labels().values().filter(|l| !l.author.is_model()).count(),
        "predictions": project.labels().values().filter(|l| l.author.is_model()).count(),
        "votes": project.votes().len(),
        "responses": project.responses().len(),
        "questions": project.live_questions().count(),
        "by_class": by_class,
        "by_stage": by_stage,
        "by_author": by_author,
        "journal_seq": seq,
    })
}

fn layer_json(id: LayerId, layer: &Layer) -> Value {
    json!({
        "id": id,
        "name": layer.name,
        "path": layer.path,
        "role": layer.role,
        "crs": layer.crs.as_ref().map(Crs::label),
        "width": layer.width,
        "height": layer.height,
        "bands": layer.bands,
    })
}

fn project_text(path: &Path, project: &Project, seq: u64) -> String {
    let (by_class, by_stage, by_author) = counts(project);
    let list = |counts: &BTreeMap<String, usize>| {
        counts.iter().filter(|(_, n)| **n > 0).map(|(k, n)| format!("{k} {n}")).collect::<Vec<_>>().join(", ")
    };
    let layers: Vec<&str> = project.layers_in_order().iter().map(|(_, l)| l.name.as_str()).collect();
    let settled = project.regions().keys().filter(|id| project.outcome(**id).state.is_accepted()).count();
    table(&[
        ("Project", path.display().to_string()),
        ("CRS", project.crs().map_or("none (pixel space)".into(), Crs::label)),
        ("Schema", project.schema().map_or("none".into(), |s| format!("{} version {}", s.name, s.version))),
        ("Layers", layers.join(", ")),
        ("Regions", format!("{}, {settled} accepted", project.regions().len())),
        ("Classes", list(&by_class)),
        ("Review", list(&by_stage)),
        ("Labels by", list(&by_author)),
        ("Votes", project.votes().len().to_string()),
        ("Journal", format!("{seq} entries")),
    ])
}
