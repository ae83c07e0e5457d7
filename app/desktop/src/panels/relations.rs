//! How the selected region stands to others: part of the panel that says what it is.

use egui::{Color32, Label, RichText, Sense, Ui};
use project::{Predicate, Project, RegionId, Relation, RelationId};

use crate::journal::Names;
use crate::map::regions::class_of;
use crate::outbox::{Ask, Outbox};
use crate::relating::RelateAsk;
use crate::state::State;
use crate::widgets::IconButton;
use crate::{fonts, icons};

/// Relations that are listed one by one.
const MOST: usize = 60;

pub(super) fn show(ui: &mut Ui, state: &State, project: &Project, region: RegionId, out: &mut Outbox) {
    let count = project.relation_count(region);
    if count == 0 {
        return;
    }
    ui.add_space(6.0);
    let title = RichText::new("Relations").font(fonts::medium(state.theme.size.small));
    ui.label(title.color(*state.theme.color.muted));
    for (id, relation) in project.relations_of(region).take(MOST) {
        line(ui, state, project, region, (id, relation), out);
    }
    if count > MOST {
        let text = format!("and {} more", count - MOST);
        ui.label(RichText::new(text).color(*state.theme.color.muted));
    }
}

/// `over → Car  region 12`, or `← near  …` where the arrow comes from the other.
fn line(
    ui: &mut Ui,
    state: &State,
    project: &Project,
    region: RegionId,
    (id, relation): (RelationId, &Relation),
    out: &mut Outbox,
) {
    let c = &state.theme.color;
    let other = relation.beyond(region);
    let word = word(project, relation);
    let what = other_name(state, project, other);
    let misfit = project.is_misfit(relation);
    let text =
        if relation.from == region { format!("{word} → {what}") } else { format!("← {word}  {what}") };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let room = (ui.available_width() - 28.0).max(40.0);
        let ink = if misfit { *c.warning } else { *c.text };
        let label = Label::new(RichText::new(&text).color(ink)).truncate().sense(Sense::click());
        let shown = ui.add_sized([room, 22.0], label.halign(egui::Align::LEFT));
        let by = format!("By {}. A click goes to the other region.", relation.author);
        let note = if misfit { format!("Not meant for the classes of these regions.\n{by}") } else { by };
        if shown.on_hover_text(format!("{text}\n{note}")).clicked() {
            out.push(Ask::Visit(other));
        }
        let name = format!("Remove relation {word}");
        let button = IconButton::new(icons::CLOSE, &name).size(20.0).quiet().tooltip("Remove this relation");
        if state.read_only().is_none() && ui.add(button).clicked() {
            out.push(Ask::Relate(RelateAsk::Remove(id)));
        }
    });
}

/// What a person reads for its predicate.
pub fn word(project: &Project, relation: &Relation) -> String {
    let known = project.schema().and_then(|schema| schema.predicate(&relation.predicate));
    known.map_or_else(|| relation.predicate.to_string(), |p| p.text().to_owned())
}

/// What the arrows of a predicate are drawn in, where its schema says so.
pub fn arrow_color(predicate: Option<&Predicate>) -> Option<Color32> {
    let [r, g, b] = predicate?.rgb()?;
    Some(Color32::from_rgb(r, g, b))
}

fn other_name(state: &State, project: &Project, id: RegionId) -> String {
    let order = state.project.as_ref().map(|open| &open.counts.order);
    let name = order.map(|order| Names { project, order }.region(id)).unwrap_or_default();
    match class_of(project, id) {
        Some(class) => format!("{}  {name}", class.name),
        None => name,
    }
}
