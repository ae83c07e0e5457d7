//! Asking: who, what, and the answer under it; below, what was asked before.

use editing::{Command, QuestionCommand};
use egui::{Frame, Margin, RichText, ScrollArea, Ui};
use places::LOCAL;
use places::plugin_api::{Avoid, Tool, TravelMode};

use super::{heading, kept, quiet, reply};
use crate::inquiry::{Form, InquiryAsk, Spot, TOOLS, kind_of};
use crate::outbox::{Ask, Outbox};
use crate::state::State;
use crate::widgets::{IconButton, combo, field, primary_button, text_button};
use crate::{fonts, icons};

/// Metres of the largest radius that the form offers.
const LARGEST_M: f64 = 50_000.0;
/// Places that a service is asked for at once, and that the project is.
const MOST: (u32, u32) = (20, 10_000);

pub fn inquiry(ui: &mut Ui, state: &State, out: &mut Outbox) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let margin = Margin { left: 12, right: 12, top: 2, bottom: 8 };
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 4.0;
            if state.project.is_none() {
                quiet(ui, state, "No project is open.");
                return;
            }
            let before = &state.inquiry.form;
            let mut form = before.clone();
            whom(ui, state, &mut form, out);
            fields(ui, state, &mut form, out);
            send(ui, state, &form, out);
            if form != *before {
                out.push(Ask::Inquiry(InquiryAsk::Form(Box::new(form))));
            }
            trouble(ui, state);
            reply::show(ui, state, out);
            kept::show(ui, state, out);
        });
    });
}

/// Who is asked with which tool, and whether the network may be asked at all.
fn whom(ui: &mut Ui, state: &State, form: &mut Form, out: &mut Outbox) {
    let title = |name: &str| -> String {
        let known = state.inquiry.registry.as_ref().and_then(|registry| registry.find(name).ok());
        known.map_or_else(|| "This project".to_owned(), |provider| provider.about().title.clone())
    };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let offline = state.preferences.offline;
        let width = ui.available_width() - 32.0;
        combo("whom to ask", title(&form.provider), width).height(360.0).show_ui(ui, |ui| {
            ui.selectable_value(&mut form.provider, LOCAL.to_owned(), "This project")
                .on_hover_text("Regions, labels and extracts: no key, no network");
            let Some(registry) = &state.inquiry.registry else { return };
            for provider in registry.all() {
                let about = provider.about();
                let lacks = provider.lacks(form.tool);
                ui.add_enabled_ui(lacks.is_none(), |ui| {
                    let line = ui.selectable_value(&mut form.provider, about.name.clone(), &about.title);
                    line.on_hover_text(&about.terms).on_disabled_hover_text(lacks.unwrap_or_default());
                });
            }
        });
        let tooltip = if offline {
            "Offline: only what is kept and what the project knows is answered"
        } else {
            "Work offline: send nothing"
        };
        let button = IconButton::new(icons::OFFLINE, "Work offline").size(28.0).selected(offline);
        if ui.add(button.tooltip(tooltip)).clicked() {
            out.push(Ask::Inquiry(InquiryAsk::Offline(!offline)));
        }
    });
    combo("tool", form.tool.text(), ui.available_width()).show_ui(ui, |ui| {
        for tool in TOOLS {
            let provider = state.inquiry.registry.as_ref().and_then(|r| r.find(&form.provider).ok());
            let lacks = provider.as_ref().and_then(|provider| provider.lacks(tool));
            ui.add_enabled_ui(lacks.is_none(), |ui| {
                let line = ui.selectable_value(&mut form.tool, tool, tool.text());
                line.on_disabled_hover_text(lacks.unwrap_or_default());
            });
        }
    });
}

fn fields(ui: &mut Ui, state: &State, form: &mut Form, out: &mut Outbox) {
    let width = ui.available_width();
    match form.tool {
        Tool::TextSearch => {
            field(ui, &mut form.text, "Words to search for", width);
            spot(ui, form, Spot::At, "Near, if anywhere", out);
            reach(ui, form, form.spots.get(&Spot::At).is_some_and(|text| !text.trim().is_empty()));
        }
        Tool::PlaceDetails => {
            field(ui, &mut form.place, "Identity of a place, from an answer", width);
        }
        Tool::Nearby => {
            let hint =
                if form.provider == LOCAL { "Class, key=value or a condition" } else { "Kind of place" };
            field(ui, &mut form.kind, hint, width);
            spot(ui, form, Spot::At, "Around", out);
            reach(ui, form, true);
            field(ui, &mut form.text, "Word in its name, if any", width);
        }
        Tool::Route | Tool::Matrix => {
            spot(ui, form, Spot::From, "From", out);
            spot(ui, form, Spot::To, "To", out);
            way(ui, form);
        }
        Tool::AlongRoute => {
            ui.horizontal(|ui| {
                let called = form.line.as_ref().map_or("no line yet", |(name, _)| name.as_str());
                ui.label(format!("Along {called}"));
                if text_button(ui, "Selected line").clicked() {
                    out.push(Ask::Inquiry(InquiryAsk::TakeLine));
                }
            });
            field(ui, &mut form.kind, "Kind of place", width);
            field(ui, &mut form.text, "Word in its name, if any", width);
            reach(ui, form, true);
        }
    }
    if form.provider == LOCAL {
        extracts(ui, form, out);
    } else {
        service(ui, state, form);
    }
}

/// A place as latitude and longitude, typed or taken from the map.
fn spot(ui: &mut Ui, form: &mut Form, spot: Spot, name: &str, out: &mut Outbox) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let width = ui.available_width() - 28.0;
        let text = form.spots.entry(spot).or_default();
        let hint = format!("{name}: latitude, longitude");
        field(ui, text, &hint, width);
        let take = format!("{name}: the middle of the selection, else of the map");
        if ui.add(IconButton::new(icons::MAP, &take).size(26.0).quiet()).clicked() {
            out.push(Ask::Inquiry(InquiryAsk::Take(spot)));
        }
    });
}

fn reach(ui: &mut Ui, form: &mut Form, has_radius: bool) {
    ui.horizontal(|ui| {
        if has_radius {
            ui.label("Within");
            ui.add(egui::DragValue::new(&mut form.radius_m).range(1.0..=LARGEST_M).speed(5.0).suffix(" m"));
        }
        ui.label("At most");
        let most = if form.provider == LOCAL { MOST.1 } else { MOST.0 };
        ui.add(egui::DragValue::new(&mut form.limit).range(1..=most));
    });
}

fn way(ui: &mut Ui, form: &mut Form) {
    let words = |mode: TravelMode| match mode {
        TravelMode::Drive => "By car",
        TravelMode::Bicycle => "By bicycle",
        TravelMode::TwoWheeler => "By motorcycle",
        TravelMode::Walk => "On foot",
    };
    combo("way of travelling", words(form.mode), ui.available_width()).show_ui(ui, |ui| {
        for mode in [TravelMode::Drive, TravelMode::Bicycle, TravelMode::TwoWheeler, TravelMode::Walk] {
            ui.selectable_value(&mut form.mode, mode, words(mode));
        }
    });
    // Shortest ways of the project know neither tolls nor others.
    if form.provider == LOCAL {
        (form.alternatives, form.avoid) = (false, Vec::new());
        return;
    }
    ui.horizontal_wrapped(|ui| {
        for (avoid, text) in
            [(Avoid::Tolls, "No tolls"), (Avoid::Highways, "No motorways"), (Avoid::Ferries, "No ferries")]
        {
            let mut held = form.avoid.contains(&avoid);
            if ui.checkbox(&mut held, text).changed() {
                form.avoid.retain(|one| *one != avoid);
                form.avoid.extend(held.then_some(avoid));
                form.avoid.sort_unstable();
            }
        }
        ui.checkbox(&mut form.alternatives, "Other ways, too");
    });
}

fn extracts(ui: &mut Ui, form: &mut Form, out: &mut Outbox) {
    let mut gone = None;
    for (n, path) in form.extracts.iter().enumerate() {
        ui.horizontal(|ui| {
            let room = ui.available_width() - 28.0;
            let name = crate::work::file_name(path);
            ui.add_sized([room, 20.0], egui::Label::new(name).truncate().halign(egui::Align::Min));
            if ui.add(IconButton::new(icons::CLOSE, "Leave this extract out").size(22.0).quiet()).clicked() {
                gone = Some(n);
            }
        });
    }
    if let Some(gone) = gone {
        form.extracts.remove(gone);
    }
    let button = text_button(ui, "Add an extract…");
    if button.on_hover_text("Streets, shops and names from a file of OpenStreetMap (.osm.pbf)").clicked() {
        out.push(Ask::Inquiry(InquiryAsk::ChooseExtract));
    }
}

/// What a service needs, and its address where it is another.
fn service(ui: &mut Ui, state: &State, form: &mut Form) {
    let provider = state.inquiry.registry.as_ref().and_then(|r| r.find(&form.provider).ok());
    let Some(provider) = provider else { return };
    for name in &provider.about().keys {
        let text = match state.inquiry.keys.get(name) {
            Some(&"missing") | None => {
                format!(
                    "Needs the key {name}: set it in the environment, or keep it in the keyring with “orthoscope providers --keep-key {name}”."
                )
            }
            Some(place) => format!("Key {name}: in the {place}."),
        };
        quiet(ui, state, &text);
    }
    egui::CollapsingHeader::new("Another server").id_salt("another server").show(ui, |ui| {
        let width = ui.available_width();
        field(ui, &mut form.endpoint, "https://nominatim.example.org", width)
            .on_hover_text("The address of a server of your own that speaks the same language");
    });
}

fn send(ui: &mut Ui, state: &State, form: &Form, out: &mut Outbox) {
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        if let Some(what) = &state.inquiry.under_way {
            ui.spinner();
            let room = (ui.available_width() - 60.0).max(40.0);
            ui.add_sized([room, 20.0], egui::Label::new(what).truncate().halign(egui::Align::Min));
            if text_button(ui, "Stop").clicked() {
                out.push(Ask::Inquiry(InquiryAsk::Stop));
            }
            return;
        }
        let why = Command::Question(QuestionCommand::New).unavailable(&state.situation());
        ui.add_enabled_ui(why.is_none() && state.inquiry.registry.is_some(), |ui| {
            let asked = primary_button(ui, "Ask").on_disabled_hover_text(why.unwrap_or_default());
            if asked.clicked() {
                out.push(Ask::Inquiry(InquiryAsk::Send { again: false }));
            }
        });
        if state.preferences.offline && form.provider != LOCAL {
            let text = RichText::new("Offline: only kept answers").font(fonts::body(state.theme.size.small));
            ui.label(text.color(*state.theme.color.warning));
        }
    });
}

/// Why there is no answer: the kind in a word, what happened, and what to do.
fn trouble(ui: &mut Ui, state: &State) {
    let Some(error) = &state.inquiry.trouble else { return };
    heading(ui, state, kind_of(error));
    ui.horizontal_wrapped(|ui| {
        let color = *state.theme.color.danger;
        ui.label(RichText::new(icons::WARNING).font(fonts::icon(13.0)).color(color));
        ui.label(crate::format::sentence(&error.to_string()));
    });
    quiet(ui, state, &crate::format::sentence(&error.hint()));
}
