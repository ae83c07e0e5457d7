//! What the colours of layers and regions mean, for the legend of a picture.

use std::collections::BTreeSet;

use project::{Class, Project};
use spatial::{Viewport, format};

use super::LegendLine;
use crate::region::{self, Look};
use crate::{BandMix, LayerView, band_name};

/// Colours of a ramp in a legend.
const RAMP: usize = 256;

/// The classes of the regions that a picture shows, in the order of the schema; `color` is that of a class.
pub fn of_regions(
    project: &Project,
    camera: &Viewport,
    color: impl Fn(&Class) -> [u8; 3],
) -> Vec<LegendLine> {
    let mut seen = BTreeSet::new();
    for (id, _) in project.regions_in(camera.bounds()) {
        seen.extend(region::class_of(project, id).map(|class| class.code.clone()));
    }
    let classes = project.schema().into_iter().flat_map(|schema| &schema.classes);
    let line = |class: &Class| {
        let look = Look { color: color(class), hatch: class.hatch, predicted: false, disputed: false };
        let hatch = region::style(&look, 1.0).hatch;
        LegendLine::Class { name: class.name.clone(), color: look.color, hatch }
    };
    classes.filter(|class| seen.contains(&class.code)).map(line).collect()
}

/// The colours of a layer that shows one number: a ramp, or its classes. Nothing for three bands as colours.
pub fn of_layer(view: &LayerView) -> Vec<LegendLine> {
    let look = &view.rendering;
    let image = view.source.image();
    let (what, colormap) = match &look.mix {
        BandMix::Rgb(_) => return Vec::new(),
        BandMix::Single { band, colormap } if image.bands.len() > 1 => {
            (format!("{}, band {}", image.name, band_name(image, *band)), *colormap)
        }
        BandMix::Single { colormap, .. } => (image.name.clone(), *colormap),
        BandMix::Formula { formula, colormap } => (formula.text().to_owned(), *colormap),
    };
    if let Some(classes) = &look.classes {
        let line = |class: &crate::ClassColor| {
            let name = if class.name.is_empty() { class.value.to_string() } else { class.name.clone() };
            LegendLine::Class { name, color: class.color, hatch: renderer::Hatch::None }
        };
        return classes.all().iter().map(line).collect();
    }
    let color = |i: usize| colormap.color_at(i as f32 / (RAMP - 1) as f32, look.reversed, look.steps);
    let [low, high] = look.shown_stretch()[0].map(|value| format::short(f64::from(value)));
    vec![LegendLine::Ramp { name: what, colors: (0..RAMP).map(color).collect(), low, high }]
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use raster::write::{self, NewImage, WriteOptions};
    use raster::{SampleBuffer, Source};
    use renderer::Colormap;

    use super::*;
    use crate::Rendering;

    fn view(mix: BandMix) -> LayerView {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("field.tif");
        let values = SampleBuffer::U8((0..48).collect());
        write::image(&path, &NewImage::rgb(4, 4), &WriteOptions::default(), &values).expect("written");
        let source = Arc::new(Source::open(&path).expect("opened"));
        let mut view = LayerView::new(1, source, Rendering::new(mix), None).expect("placed");
        view.rendering.stretch = [[-1.0, 1.0]; 3];
        view
    }

    #[test]
    fn a_layer_of_one_number_has_a_ramp_in_its_own_colours_and_of_classes_their_names() {
        assert!(of_layer(&view(BandMix::Rgb([0, 1, 2]))).is_empty());
        let mut one = view(BandMix::Single { band: 1, colormap: Colormap::Viridis });
        one.rendering.reversed = true;
        let lines = of_layer(&one);
        let [LegendLine::Ramp { name, colors, low, high }] = &lines[..] else { panic!("{lines:?}") };
        assert_eq!((name.as_str(), low.as_str(), high.as_str()), ("field.tif, band 2  green", "−1", "1"));
        assert_eq!(colors[0], Colormap::Viridis.colors()[255], "it runs backwards");
        one.rendering.classes = Some("3=#1b9e77=Forest,4=#ff0000".parse().expect("classes"));
        let names: Vec<String> = of_layer(&one)
            .into_iter()
            .map(|line| match line {
                LegendLine::Class { name, .. } | LegendLine::Ramp { name, .. } => name,
            })
            .collect();
        assert_eq!(names, ["Forest", "4"]);
    }
}
