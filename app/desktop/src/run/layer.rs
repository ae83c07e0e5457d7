//! What is shown of layers, and their place in the stack.

use std::path::PathBuf;

use picture::Rendering;
use project::{Change, Edit, LayerId, relink_layer_edit};

use crate::frame::Program;
use crate::outbox::{CameraMove, LayerAsk};
use crate::work::{self, FoundImage, Purpose};

impl Program {
    pub(super) fn layer(&mut self, id: LayerId, ask: &LayerAsk) {
        match *ask {
            LayerAsk::Activate => self.state.active_layer = Some(id),
            LayerAsk::Fit => {
                if let Some(bounds) =
                    self.state.layers.get(&id).and_then(super::super::map::layer::MapLayer::world_bounds)
                {
                    self.move_camera(CameraMove::Fit(bounds));
                }
            }
            LayerAsk::Raise => self.swap_order(id, 1),
            LayerAsk::Lower => self.swap_order(id, -1),
            LayerAsk::Role(role) => self.change_layer(id, |layer| layer.role = role),
            LayerAsk::Remove => self.remove_layer(id),
            LayerAsk::Retry => self.retry_layer(id),
            LayerAsk::Relink => self.ask_for_file(Purpose::Relink(id)),
            _ => self.show_layer(id, ask),
        }
    }

    fn show_layer(&mut self, id: LayerId, ask: &LayerAsk) {
        self.look_changed();
        let Some(layer) = self.state.layers.get_mut(&id) else { return };
        match *ask {
            LayerAsk::Visible(visible) => layer.set_visible(visible),
            LayerAsk::Mix(ref mix) => layer.set_mix(mix.clone()),
            LayerAsk::Contrast(contrast) => layer.set_contrast(contrast),
            LayerAsk::Limits(slot, limits) => layer.set_limits(slot, limits),
            LayerAsk::Linked(linked) => layer.set_linked(linked),
            LayerAsk::Extent(extent) => layer.extent = extent,
            LayerAsk::FirstLook => layer.reset_look(),
            LayerAsk::Taken(day) => {
                layer.taken = day;
                self.state.aids.dated = usize::MAX;
            }
            LayerAsk::Scrub(by) => {
                layer.scrub(by);
            }
            _ => {
                if let Some(view) = layer.view_mut() {
                    adjust(&mut view.rendering, ask);
                }
            }
        }
    }

    /// Shows the layer that is looked at in another way, as its panel asks for.
    pub fn show_layer_as(&mut self, ask: &LayerAsk) {
        if let Some((id, _)) = self.state.shown_layer() {
            self.layer(id, ask);
        }
    }

    /// Shows the bands so many after those of the layer that is looked at.
    pub(super) fn scrub(&mut self, by: isize) {
        self.look_changed();
        let shown = self.state.shown_layer().map(|(id, _)| id);
        if let Some(layer) = shown.and_then(|id| self.state.layers.get_mut(&id)) {
            layer.scrub(by);
        }
    }

    /// Opens the image anew: what lies at its path by now may be whole again, and another file than the open one.
    fn retry_layer(&mut self, id: LayerId) {
        let Some(layer) = self.state.layers.get_mut(&id) else { return };
        layer.failed.clear();
        if let Some(number) = layer.view().map(|v| v.number) {
            self.loader.retry(number);
        }
        self.open_layer(id);
    }

    /// Looks at what was chosen as the image of a layer.
    pub(super) fn look_at_moved(&mut self, id: LayerId, path: PathBuf) {
        let folder = self.state.project_folder();
        self.work.relinks.insert(id, work::look_at_image(&self.jobs, path, folder));
    }

    /// Takes what was looked at to be the image of a layer.
    pub(crate) fn receive_relinks(&mut self) {
        for (id, result) in work::ended_of(&mut self.work.relinks) {
            match result {
                Ok(found) => self.found_moved(id, &found),
                Err(failure) => self.job_failed(&failure),
            }
        }
    }

    /// An image was chosen for a layer whose own was not found: it is taken where it is the same one.
    fn found_moved(&mut self, id: LayerId, found: &FoundImage) {
        let Some(project) = self.state.content() else { return };
        match relink_layer_edit(project, id, &found.layer) {
            Ok(edit) => {
                if self.apply(edit) {
                    self.open_layer(id);
                    self.state.notices.done(format!("The image is {}.", found.layer.path));
                }
            }
            Err(error) => {
                let hint = "Choose the file that was moved, or add this one as a layer of its own.";
                self.state.notices.problem(crate::format::sentence(&error.to_string()), hint);
            }
        }
    }

    fn change_layer(&mut self, id: LayerId, change: impl FnOnce(&mut project::Layer)) {
        let Some(before) = self.state.content().and_then(|p| p.layers().get(&id)).cloned() else { return };
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            self.apply(Edit::Layer(Change::replace(id, before, after)));
        }
    }

    /// Moves a layer one place up (1) or down (−1) in the stack.
    fn swap_order(&mut self, id: LayerId, by: i32) {
        let Some(project) = self.state.content() else { return };
        let stack: Vec<_> = project.layers_in_order().into_iter().map(|(id, l)| (id, l.clone())).collect();
        let Some(here) = stack.iter().position(|(other, _)| *other == id) else { return };
        let Some((other, neighbour)) = here.checked_add_signed(by as isize).and_then(|i| stack.get(i)) else {
            return;
        };
        let layer = &stack[here].1;
        let set = |id: LayerId, layer: &project::Layer, order: i32| {
            let after = project::Layer { order, ..layer.clone() };
            Edit::Layer(Change::replace(id, layer.clone(), after))
        };
        let title = if by > 0 { "Raise layer" } else { "Lower layer" };
        let edits = vec![set(id, layer, neighbour.order), set(*other, neighbour, layer.order)];
        self.apply(Edit::batch(title, edits));
    }

    fn remove_layer(&mut self, id: LayerId) {
        let Some(layer) = self.state.content().and_then(|p| p.layers().get(&id)).cloned() else { return };
        self.apply(Edit::Layer(Change::delete(id, layer)));
    }
}

/// Changes what is not chosen from measured values.
fn adjust(look: &mut Rendering, ask: &LayerAsk) {
    match ask {
        LayerAsk::Opacity(opacity) => look.opacity = opacity.clamp(0.0, 1.0),
        LayerAsk::Gamma(gamma) => look.gamma = gamma.clamp(0.1, 10.0),
        LayerAsk::Centre(centre) => look.centre = centre.filter(|centre| centre.is_finite()),
        LayerAsk::Inverted(inverted) => look.inverted = *inverted,
        LayerAsk::Reversed(reversed) => look.reversed = *reversed,
        LayerAsk::Steps(steps) => look.steps = *steps,
        LayerAsk::Classes(classes) => look.classes.clone_from(classes),
        LayerAsk::Filter(filter) => look.filter = *filter,
        _ => {}
    }
}
