//! `similar`: which places are alike, which stand out, where they lie on a map, and which classes that suggests.

use std::collections::HashMap;
use std::fmt::Write as _;

use geo::{Coord, Geometry, Rect};
use picture::likeness::appearances;
use picture::{LayerView, Rendering};
use project::alignment::{AlignedView, Alignment};
use project::{Author, ClassCode, Project, RegionId};
use query::{Cell, Needs};
use serde_json::{Map, Value, json};
use similar::{
    AUTHOR, Advice, Layout, Proposed, SimilarError, Study, Table, Wanted, advise, labels_of, proposed_labels,
};
use spatial::Crs;

use crate::args::SimilarArgs;
use crate::commands::query::find;
use crate::failure::Failure;
use crate::output::{Output, note};
use crate::workspace::{self, choose_layer, now_ms, open_layer};
use crate::{progress, stop};

pub(crate) fn run(args: &SimilarArgs, output: &Output) -> anyhow::Result<()> {
    stop::listen();
    if !(0.0..=1.0).contains(&args.least) {
        return Err(Failure::because("A probability lies between 0 and 1", "give --least 0.6"));
    }
    let project = workspace::load(&args.project)?;
    let (places, table) = Places::seen(args, &project)?;
    let wanted = wanted(args);
    if args.suggest {
        return suggest(args, &project, (&places, &table), &wanted, output);
    }
    let study = within("Comparing", |go_on| Study::of(table, &wanted, go_on))?;
    if let Some(asked) = places.asked(args)? {
        let rows = nearest_of(&study.table, asked, args.count)?;
        return places.tell(&rows, "distance", (args, &study), output);
    }
    let rows = if let Some(count) = args.outliers {
        study.standing_out(count)
    } else {
        study.outliers.iter().copied().enumerate().collect()
    };
    places.tell(&rows, "outlier", (args, &study), output)
}

fn wanted(args: &SimilarArgs) -> Wanted {
    Wanted {
        projection: args.map.projection(),
        layout: Layout { neighbours: args.neighbours.into(), seed: args.seed, ..Layout::default() },
        standardise: args.standardise,
        voters: args.voters.into(),
        least: args.least,
        accepted: args.accepted,
    }
}

/// Shows how far something is, and stops it when that is wanted.
fn within<T>(
    title: &str,
    body: impl FnOnce(similar::GoOn) -> Result<T, SimilarError>,
) -> Result<T, SimilarError> {
    let bar = progress::bar(title, 1);
    let done = body(&|done, of| {
        bar.set_length(of);
        bar.set_position(done);
        !stop::is_wanted()
    });
    bar.finish_and_clear();
    done
}

/// All others by their distance to one row; itself first.
fn nearest_of(table: &Table, row: usize, count: usize) -> anyhow::Result<Vec<(usize, f32)>> {
    let all: Vec<u32> = (0..table.rows() as u32).collect();
    let among = similar::Among { of: &[row as u32], among: &all, groups: None };
    let near = similar::neighbours_among(table, among, count.max(1), &|_, _| true)?;
    Ok(std::iter::once((row, 0.0)).chain(near.of(0)).collect())
}

/// What is compared: regions, or cells of a grid.
struct Places {
    regions: Vec<RegionId>,
    classes: HashMap<RegionId, ClassCode>,
    /// xmin, ymin, xmax, ymax of each; of regions, of what the layer shows.
    boxes: Vec<[f64; 4]>,
    /// Places that the layer does not show.
    left_out: usize,
    layer: String,
}

impl Places {
    fn seen(args: &SimilarArgs, project: &Project) -> anyhow::Result<(Self, Table)> {
        let layer = choose_layer(project, args.layer.as_deref())?;
        let lost = || Failure::because("The layer is gone", "name another");
        let described = project.layers().get(&layer).ok_or_else(lost)?;
        let source = std::sync::Arc::new(open_layer(&args.project, described)?);
        let rendering = Rendering::of(&source)?;
        let view = LayerView::new(0, source, rendering, project.crs())?;
        let shown = AlignedView::new(project, std::sync::Arc::new(Alignment::of(project, layer)?));
        let regions: Vec<RegionId> = match (&args.query, args.grid) {
            (_, Some(_)) => Vec::new(),
            (Some(words), None) => find(&args.project, words, None, Needs::default())?.regions().collect(),
            (None, None) => project.regions().keys().copied().collect(),
        };
        let cells: Vec<Geometry<f64>> = match args.grid {
            Some(side) => grid(&view, project, side)?,
            None => Vec::new(),
        };
        let region = |id: &RegionId| shown.project().region(*id).map(|region| &region.geometry);
        let shapes: Vec<&Geometry<f64>> = if args.grid.is_some() {
            cells.iter().collect()
        } else {
            regions.iter().filter_map(region).collect()
        };
        let bar = progress::bar("Looking at places", shapes.len() as u64);
        let seen = appearances(&[view], &shapes, &|done, _| {
            bar.set_position(done);
            !stop::is_wanted()
        });
        bar.finish_and_clear();
        let seen = seen.ok_or(SimilarError::Stopped)?;
        let kept: Vec<usize> = (0..seen.len()).filter(|at| seen[*at].is_some()).collect();
        let values = seen.iter().flatten().flat_map(segment::Appearance::numbers).collect();
        let regions: Vec<RegionId> = kept.iter().filter_map(|at| regions.get(*at).copied()).collect();
        let places = Self {
            classes: labels_of(project, &regions, args.accepted),
            boxes: kept.iter().map(|at| box_of(shapes[*at])).collect(),
            left_out: seen.len() - kept.len(),
            layer: described.name.clone(),
            regions,
        };
        Ok((places, Table::new(segment::DIMENSIONS, values)?))
    }

    /// The row of the one place that was asked about.
    fn asked(&self, args: &SimilarArgs) -> anyhow::Result<Option<usize>> {
        if let Some(text) = &args.to {
            let id: Option<RegionId> = text.parse().ok();
            let row = id.and_then(|id| self.regions.iter().position(|region| *region == id));
            return row.map(Some).ok_or_else(|| {
                let hint = "`orthoscope query` lists the id of each; --layer names another layer";
                Failure::because(format!("{} shows no region `{text}`", self.layer), hint)
            });
        }
        let [x, y] = args.at[..] else {
            return match args.at[..] {
                [] => Ok(None),
                _ => Err(Failure::because("A place is two numbers", "give --at X,Y")),
            };
        };
        let within = |[x0, y0, x1, y1]: &[f64; 4]| (*x0..*x1).contains(&x) && (*y0..*y1).contains(&y);
        let row = self.boxes.iter().position(within);
        let nowhere = || Failure::because("There is no cell there", "give a place that the layer shows");
        row.map(Some).ok_or_else(nowhere)
    }

    fn class(&self, row: usize) -> Option<&str> {
        let id = self.regions.get(row)?;
        self.classes.get(id).map(ClassCode::as_str)
    }

    fn tell(
        &self,
        rows: &[(usize, f32)],
        figure: &str,
        (args, study): (&SimilarArgs, &Study),
        output: &Output,
    ) -> anyhow::Result<()> {
        let place = |(row, value): &(usize, f32)| {
            let mut place = Map::new();
            if let Some(id) = self.regions.get(*row) {
                place.insert("region".into(), json!(id));
                place.insert("class".into(), json!(self.class(*row)));
            }
            place.insert("box".into(), json!(self.boxes[*row]));
            place.insert(figure.to_owned(), json!(value));
            place.insert("x".into(), json!(study.map[*row][0]));
            place.insert("y".into(), json!(study.map[*row][1]));
            Value::Object(place)
        };
        let all = self.boxes.len();
        let value = json!({
            "layer": self.layer, "compared": all, "left_out": self.left_out, "features": "appearance",
            "map": if args.map.projection() == similar::Projection::Umap { "umap" } else { "pca" },
            "variance_of_two_components": study.shares,
            "places": rows.iter().map(place).collect::<Vec<_>>(),
        });
        output.result(&value, || {
            let text = self.csv(rows, figure, study);
            if args.csv {
                return text;
            }
            let left = match self.left_out {
                0 => String::new(),
                n => format!("; {n} more are not seen there"),
            };
            format!("{text}{all} places of {} compared{left}", self.layer)
        })
    }

    fn csv(&self, rows: &[(usize, f32)], figure: &str, study: &Study) -> String {
        let is_grid = self.regions.is_empty();
        let head: &[&str] = if is_grid { &["xmin", "ymin", "xmax", "ymax"] } else { &["region", "class"] };
        let head = head.iter().copied().chain([figure, "x", "y"]);
        let mut text = query::csv_line(head.map(|name| Cell::Text(name.to_owned())));
        for (row, value) in rows {
            let mut cells: Vec<Cell> = match self.regions.get(*row) {
                Some(id) => vec![
                    Cell::Text(id.to_string()),
                    self.class(*row).map_or(Cell::Nothing, |class| Cell::Text(class.to_owned())),
                ],
                None => Vec::from(self.boxes[*row].map(Cell::Number)),
            };
            let [x, y] = study.map[*row];
            cells.extend([*value, x, y].map(|number| Cell::Number(f64::from(number))));
            // Writing to a string cannot fail.
            let _ = write!(text, "{}", query::csv_line(cells.into_iter()));
        }
        text
    }
}

fn box_of(shape: &Geometry<f64>) -> [f64; 4] {
    use geo::BoundingRect as _;
    let bounds = shape.bounding_rect();
    bounds.map_or([f64::NAN; 4], |b| [b.min().x, b.min().y, b.max().x, b.max().y])
}

/// Square cells over all that a layer shows.
fn grid(view: &LayerView, project: &Project, side: f64) -> anyhow::Result<Vec<Geometry<f64>>> {
    let nowhere = || Failure::because("The layer has no place on the map", "choose another layer");
    let bounds = view.placement.world_bounds().ok_or_else(nowhere)?;
    let side = side / project.crs().and_then(Crs::metres_per_unit).unwrap_or(1.0);
    let bounds = [bounds.min().x, bounds.min().y, bounds.max().x, bounds.max().y];
    let shape = |[x0, y0, x1, y1]: [f64; 4]| {
        Rect::new(Coord { x: x0, y: y0 }, Coord { x: x1, y: y1 }).to_polygon().into()
    };
    Ok(similar::cells(bounds, side)?.into_iter().map(shape).collect())
}

fn suggest(
    args: &SimilarArgs,
    project: &Project,
    (places, table): (&Places, &Table),
    wanted: &Wanted,
    output: &Output,
) -> anyhow::Result<()> {
    let scaled = wanted.standardise.then(|| table.standardised().0);
    let table = scaled.as_ref().unwrap_or(table);
    let advise = |go_on: similar::GoOn| advise(project, table, &places.regions, wanted, go_on);
    let advice = within("Asking neighbours", advise)?;
    let made = if args.dry_run {
        let mut ids = project::IdSource::new(0, 0);
        proposed_labels(project, &advice.classes, &advice.suggestions, args.least, (&mut ids, now_ms()))
    } else {
        write(args, &advice)?
    };
    if advice.examined.macro_f1 <= advice.examined.commonest_macro_f1 {
        note("warning: on what is labelled this was no better than always saying the commonest class");
    }
    tell_advice(args, &advice, &made, output)
}

fn write(args: &SimilarArgs, advice: &Advice) -> anyhow::Result<Proposed> {
    let mut session = workspace::edit(&args.project, AUTHOR)?;
    let mut ids = session.ids(now_ms()).clone();
    let to = (&mut ids, now_ms());
    let made = proposed_labels(session.project(), &advice.classes, &advice.suggestions, args.least, to);
    *session.ids(now_ms()) = ids;
    if let Some(edit) = made.edit.clone() {
        session.edit(&Author::new(AUTHOR), now_ms(), edit)?;
    }
    session.close()?;
    Ok(made)
}

fn tell_advice(args: &SimilarArgs, advice: &Advice, made: &Proposed, output: &Output) -> anyhow::Result<()> {
    let examined = &advice.examined;
    let regions: usize = made.by_class.values().sum();
    let value = json!({
        "author": AUTHOR,
        "labelled": advice.labelled,
        "regions": regions,
        "by_class": made.by_class.iter().map(|(c, n)| (c.as_str().to_owned(), json!(n))).collect::<Map<_, _>>(),
        "abstained": made.abstained,
        "suggestions": advice.suggestions.iter().map(|s| {
            let (class, probability) = s.best();
            json!({ "region": s.region, "class": advice.classes[class], "probability": probability })
        }).collect::<Vec<_>>(),
        "changed": !args.dry_run && made.edit.is_some(),
        "examined": {
            "split": "blocks of ground",
            "asked": examined.asked,
            "accuracy": examined.accuracy, "commonest_accuracy": examined.commonest,
            "macro_f1": examined.macro_f1, "commonest_macro_f1": examined.commonest_macro_f1,
            "answered": examined.answered, "right": examined.right,
        },
    });
    output.result(&value, || {
        let list: Vec<String> = made.by_class.iter().map(|(c, n)| format!("{} {n}", c.as_str())).collect();
        let list = if list.is_empty() { String::new() } else { format!(": {}", list.join(", ")) };
        let known = match examined.asked {
            0 => "How good that is, nobody can say: what is labelled lies in one place".to_owned(),
            asked => format!(
                "Asked of {asked} labelled regions, each by those of other blocks of ground: {:.0} % right (the commonest class: {:.0} %), macro F1 {:.2} ({:.2}); of {} answers {} were right",
                100.0 * examined.accuracy, 100.0 * examined.commonest, examined.macro_f1,
                examined.commonest_macro_f1, examined.answered, examined.right
            ),
        };
        format!(
            "{regions} suggestions by {AUTHOR} from {} labelled regions{list}\n{} regions got none: nothing was at least {:.2} probable\n{known}",
            advice.labelled, made.abstained, args.least
        )
    })
}
