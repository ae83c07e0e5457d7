//! A georeferenced image that the project refers to. Its pixels stay in its own file.

use serde::{Deserialize, Serialize};
use spatial::align::Method;
use spatial::{Crs, CrsError, GeoTransform, ImagePoint, Placement, Warp, WorldPoint};

use crate::{Change, Edit, EditError, LayerId, Project, Settings};

/// What a layer shows, as far as the project was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LayerRole {
    /// Taken before the event.
    Before,
    /// Taken after the event: the layer that damage is judged on.
    After,
    #[default]
    Unspecified,
}

impl LayerRole {
    /// What a file's name says about it: `post`, `after` and the like, `pre`, `before` and the like.
    pub fn guess(name: &str) -> Self {
        let name = name.to_lowercase();
        let says = |words: &[&str]| {
            name.split(|c: char| !c.is_alphanumeric())
                .any(|part| words.iter().any(|w| part.starts_with(w) && !part.starts_with("pred")))
        };
        match (says(&["post", "after"]), says(&["pre", "before"])) {
            (true, false) => Self::After,
            (false, true) => Self::Before,
            _ => Self::Unspecified,
        }
    }
}

/// An image registered in the project: where it lies on disk and in the world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    pub name: String,
    /// Path relative to the project's folder where possible, else absolute; `/` as the separator.
    pub path: String,
    #[serde(default)]
    pub role: LayerRole,
    /// `None`: pixel space.
    pub crs: Option<Crs>,
    /// `world_from_image` in the layer's own CRS; `None`: pixel space.
    pub transform: Option<GeoTransform>,
    /// The way through ground control points of an image that nothing else places; `transform` is then the
    /// affine map that comes nearest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warp: Option<Warp>,
    pub width: u32,
    pub height: u32,
    pub bands: u32,
    /// Position in the stack: higher is drawn over lower.
    pub order: i32,
    /// How its adjustments move footprints.
    #[serde(default, skip_serializing_if = "is_first")]
    pub alignment: Method,
    /// SHA-256 of the file, lower-case hex, when it was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_first(method: &Method) -> bool {
    *method == Method::default()
}

impl Layer {
    /// The transform to draw with: pixel space where the file has none.
    pub fn transform_or_pixels(&self) -> GeoTransform {
        self.transform.unwrap_or(GeoTransform::PIXELS)
    }

    /// Where a pixel position lies in the layer's own CRS.
    pub fn world_from_image(&self, p: ImagePoint) -> WorldPoint {
        match &self.warp {
            Some(warp) => warp.world_from_image(p),
            None => self.transform_or_pixels().world_from_image(p),
        }
    }

    /// Which pixel position a point of the layer's own CRS falls on; `None` where its control points say
    /// nothing about it.
    pub fn image_from_world(&self, p: WorldPoint) -> Option<ImagePoint> {
        match &self.warp {
            Some(warp) => warp.image_from_world(p),
            None => Some(self.transform_or_pixels().image_from_world(p)),
        }
    }

    /// Where it lies on a map in `world` (`None`: pixel space).
    pub fn placement(&self, world: Option<&Crs>) -> Result<Placement, CrsError> {
        let size = (self.width, self.height);
        match &self.warp {
            Some(warp) => Placement::through(warp, size, self.crs.as_ref(), world),
            None => Placement::new(self.transform_or_pixels(), size, self.crs.as_ref(), world),
        }
    }
}

/// The edit that registers a layer on top of the others.
///
/// The first layer decides the project's CRS: its own when it is projected, the UTM zone of its centre when
/// it is in degrees, pixel space when it has no georeference. A later layer must fit: georeferenced and
/// pixel-space layers do not share a map.
pub fn add_layer_edit(project: &Project, id: LayerId, mut layer: Layer) -> Result<Edit, EditError> {
    let settings = project.settings();
    let undecided = settings.crs.is_none() && !settings.pixel_space;
    layer.order = project.layers().values().map(|l| l.order + 1).max().unwrap_or(0);
    let georeferenced = layer.crs.is_some() && layer.transform.is_some();
    if !undecided && georeferenced == settings.pixel_space {
        let (this, map) = if georeferenced { ("has", "has none") } else { ("has no", "has one") };
        return Err(EditError::Invalid(format!(
            "{} {this} georeference, and the project's map {map}",
            layer.name
        )));
    }
    let mut edits = Vec::new();
    if undecided {
        let crs = if georeferenced { layer.map_crs()? } else { None };
        let after = Settings { pixel_space: crs.is_none(), crs, ..settings.clone() };
        edits.push(Edit::Settings(Change::replace((), settings.clone(), after)));
    }
    let title = format!("Add layer {}", layer.name);
    edits.push(Edit::Layer(Change::create(id, layer)));
    Ok(Edit::batch(title, edits))
}

/// The edit that says where the image of a layer lies now, as it was `found` there: the same picture at the same place
/// on the earth, so that everything that was drawn on it stays right. Refused with the reason where it is another.
pub fn relink_layer_edit(project: &Project, id: LayerId, found: &Layer) -> Result<Edit, EditError> {
    let missing = || EditError::Missing { what: format!("Layer {id}") };
    let before = project.layers().get(&id).ok_or_else(missing)?;
    let pixels = |layer: &Layer| (layer.width, layer.height, layer.bands);
    if pixels(before) != pixels(found) {
        let words = |(w, h, bands): (u32, u32, u32)| format!("{w} × {h} pixels of {bands} bands");
        return Err(EditError::Invalid(format!(
            "{} has {}, and the image of {} has {}",
            found.path,
            words(pixels(found)),
            before.name,
            words(pixels(before))
        )));
    }
    let corners = |layer: &Layer| {
        let (w, h) = (f64::from(layer.width), f64::from(layer.height));
        [(0.0, 0.0), (w, 0.0), (0.0, h), (w, h)].map(|at| layer.world_from_image(at.into()))
    };
    let pixel = |layer: &Layer| {
        let [a, b, ..] = [(0.0, 0.0), (1.0, 1.0)].map(|at| layer.world_from_image(at.into()));
        (a.x - b.x).hypot(a.y - b.y)
    };
    let apart = corners(before).into_iter().zip(corners(found)).map(|(a, b)| (a.x - b.x).hypot(a.y - b.y));
    let named = |layer: &Layer| layer.crs.as_ref().map(Crs::label);
    if named(before) != named(found) || apart.fold(0.0, f64::max) > pixel(before) / 100.0 {
        return Err(EditError::Invalid(format!(
            "{} lies elsewhere on the earth than the image of {}",
            found.path, before.name
        )));
    }
    if before.path == found.path {
        return Err(EditError::Invalid(format!("{} is where {} is looked for", found.path, before.name)));
    }
    let after = Layer { path: found.path.clone(), sha256: found.sha256.clone(), ..before.clone() };
    let title = format!("Say where {} is", before.name);
    Ok(Edit::batch(title, vec![Edit::Layer(Change::replace(id, before.clone(), after))]))
}

impl Layer {
    /// The CRS of a map made for this layer.
    fn map_crs(&self) -> Result<Option<Crs>, EditError> {
        let (Some(crs), Some(transform)) = (&self.crs, self.transform) else { return Ok(None) };
        let centre = transform.bounds(self.width, self.height).center();
        Crs::map_crs_for(crs, centre).map(Some).map_err(|e| EditError::Invalid(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IdSource;

    fn layer(epsg: Option<u32>, transform: [f64; 6]) -> Layer {
        Layer {
            name: "a.tif".into(),
            path: "a.tif".into(),
            role: LayerRole::default(),
            crs: epsg.map(|code| Crs::from_epsg(code).expect("known")),
            transform: epsg.and_then(|_| GeoTransform::new(transform)),
            warp: None,
            width: 100,
            height: 100,
            bands: 3,
            order: 0,
            alignment: Method::default(),
            sha256: None,
        }
    }

    fn add(project: &mut Project, ids: &mut IdSource, layer: Layer) -> Result<(), EditError> {
        let edit = add_layer_edit(project, ids.layer(), layer)?;
        project.apply(&edit).map(|_| ())
    }

    #[test]
    fn the_first_layer_decides_the_map() {
        let mut ids = IdSource::new(1, 1);
        let degrees = [-94.5, 6e-6, 0.0, 37.07, 0.0, -6e-6];
        let metres = [366_000.0, 0.6, 0.0, 4_104_000.0, 0.0, -0.6];
        let mut project = Project::new();
        add(&mut project, &mut ids, layer(Some(4326), degrees)).expect("first");
        assert_eq!(project.crs().and_then(Crs::epsg), Some(32615));
        add(&mut project, &mut ids, layer(Some(26915), metres)).expect("another CRS joins");
        assert_eq!(project.crs().and_then(Crs::epsg), Some(32615));
        assert_eq!(project.layers_in_order().iter().map(|(_, l)| l.order).collect::<Vec<_>>(), [0, 1]);
        assert!(add(&mut project, &mut ids, layer(None, degrees)).is_err());
    }

    #[test]
    fn an_image_that_was_moved_is_taken_where_it_is_and_another_is_not() {
        let mut ids = IdSource::new(1, 1);
        let metres = [366_000.0, 0.6, 0.0, 4_104_000.0, 0.0, -0.6];
        let mut project = Project::new();
        add(&mut project, &mut ids, layer(Some(26915), metres)).expect("first");
        let id = *project.layers().keys().next().expect("a layer");
        let moved = Layer { path: "moved/a.tif".into(), ..layer(Some(26915), metres) };
        let edit = relink_layer_edit(&project, id, &moved).expect("the same image");
        let mut after = project.clone();
        after.apply(&edit).expect("applies");
        assert_eq!(after.layers()[&id].path, "moved/a.tif");
        let refused =
            |found: Layer| relink_layer_edit(&project, id, &found).expect_err("another").to_string();
        assert!(refused(Layer { width: 99, ..moved.clone() }).contains("99 × 100 pixels of 3 bands"));
        let east = [366_001.0, 0.6, 0.0, 4_104_000.0, 0.0, -0.6];
        let elsewhere = Layer { path: "b.tif".into(), ..layer(Some(26915), east) };
        assert!(refused(elsewhere).contains("lies elsewhere"));
        assert!(refused(Layer { crs: None, ..moved }).contains("lies elsewhere"));
        assert!(refused(layer(Some(26915), metres)).contains("is where a.tif is looked for"));
    }

    #[test]
    fn a_name_tells_before_from_after() {
        use LayerRole::{After, Before, Unspecified};
        let guess = LayerRole::guess;
        assert_eq!(
            [guess("joplin_post_west"), guess("Pre-event"), guess("ortho")],
            [After, Before, Unspecified]
        );
        assert_eq!([guess("compost"), guess("pre_and_post"), guess("predictions")], [Unspecified; 3]);
    }

    #[test]
    fn a_map_in_pixel_space_takes_no_georeferenced_layer() {
        let mut ids = IdSource::new(1, 1);
        let mut project = Project::new();
        add(&mut project, &mut ids, layer(None, [0.0; 6])).expect("first");
        assert!(project.settings().pixel_space && project.crs().is_none());
        let refused = add(&mut project, &mut ids, layer(Some(32615), [3.66e5, 1.0, 0.0, 4.1e6, 0.0, -1.0]));
        assert!(refused.is_err_and(|e| e.to_string().contains("georeference")));
    }
}
