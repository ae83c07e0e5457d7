//! A folder with imagery and footprints as a scene.

use std::path::{Path, PathBuf};

use project::LayerRole;

use crate::failure::Failure;

/// What a folder holds, as far as the demo needs it.
#[derive(Debug, Default)]
pub(crate) struct SceneFolder {
    /// Imagery with its role, lowest first: before the event under after.
    pub(crate) imagery: Vec<(PathBuf, LayerRole)>,
    pub(crate) footprints: PathBuf,
    /// Polygons with damage classes by a model.
    pub(crate) predictions: Option<PathBuf>,
}

impl SceneFolder {
    /// Looks at the files of a folder (not of folders within).
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Self> {
        let cannot = |e: std::io::Error| {
            Failure::because(
                format!("Cannot look into {}: {e}", folder.display()),
                "name a folder with imagery and footprints",
            )
        };
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .map_err(cannot)?
            .flatten()
            .map(|e| e.path())
            .filter(|p| p.is_file())
            .collect();
        files.sort();
        let mut scene = Self::default();
        let mut outlines: Vec<(u64, PathBuf)> = Vec::new();
        for file in files {
            let extension = file.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
            let name = file.file_stem().map(|n| n.to_string_lossy().to_lowercase()).unwrap_or_default();
            match extension.as_str() {
                "tif" | "tiff" => scene.imagery.push((file, LayerRole::guess(&name))),
                "gpkg" if name.contains("pred") || name.contains("damage") => scene.predictions = Some(file),
                "geojson" | "json" => outlines.push((file.metadata().map_or(0, |m| m.len()), file)),
                _ => {}
            }
        }
        // Stable: among equals the order of names.
        scene.imagery.sort_by_key(|(_, role)| *role == LayerRole::After);
        outlines.sort();
        let missing = |what: &str| {
            let text = format!("{} holds no {what}", folder.display());
            Failure::because(
                text,
                "a scene is a folder with GeoTIFF imagery and a GeoJSON file of footprints",
            )
        };
        if scene.imagery.is_empty() {
            return Err(missing("imagery"));
        }
        scene.footprints = outlines.pop().map(|(_, file)| file).ok_or_else(|| missing("footprints"))?;
        Ok(scene)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_sorted_into_its_parts() {
        let folder = tempfile::tempdir().expect("folder");
        for name in ["a_post.tif", "b_pre.tif", "small.geojson", "x_damage_pred.gpkg", "notes.txt"] {
            std::fs::write(folder.path().join(name), "x").expect("file");
        }
        std::fs::write(folder.path().join("large.geojson"), "xxxx").expect("file");
        let scene = SceneFolder::read(folder.path()).expect("a scene");
        let name = |p: &Path| p.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let imagery: Vec<String> = scene.imagery.iter().map(|(p, _)| name(p)).collect();
        assert_eq!(imagery, ["b_pre.tif", "a_post.tif"]);
        assert_eq!(name(&scene.footprints), "large.geojson");
        assert_eq!(scene.predictions.as_deref().map(name).as_deref(), Some("x_damage_pred.gpkg"));
    }

    #[test]
    fn a_folder_without_footprints_says_what_belongs_there() {
        let folder = tempfile::tempdir().expect("folder");
        std::fs::write(folder.path().join("a.tif"), "x").expect("file");
        let error = SceneFolder::read(folder.path()).expect_err("no footprints");
        assert!(error.to_string().contains("no footprints"));
    }
}
