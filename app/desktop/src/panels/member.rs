//! Who signs labels and votes; people share one machine, so it is switched here.

use egui::{Id, Key, Margin, Popup, PopupCloseBehavior, RichText, TextEdit, Ui, vec2};

use crate::exchange::ExchangeAsk;
use crate::outbox::{Ask, Outbox};
use crate::preferences::Preferences;
use crate::review::members;
use crate::sharing::ShareAsk;
use crate::state::State;
use crate::widgets::{hairline, menu_item, text_button};
use crate::{fonts, icons};

/// Members offered by name; others are typed.
const OFFERED: usize = 12;

pub(super) fn show(ui: &mut Ui, state: &State, out: &mut Outbox) {
    let theme = &state.theme;
    let present = state.author();
    let name = if present.name().is_empty() { "Who are you?" } else { present.name() };
    let icon = RichText::new(icons::MEMBER).font(fonts::icon(18.0)).color(*theme.color.muted);
    let button = egui::Button::new((icon, name)).frame_when_inactive(false);
    let response = ui.add(button.min_size(vec2(0.0, 28.0)));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Member: {name}")));
    let response = response.on_hover_text(format!("Labels and votes are signed “{name}”. Click to switch."));
    let popup = Popup::menu(&response).width(220.0);
    popup.close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let title = RichText::new("Labels and votes are signed by").font(fonts::body(theme.size.small));
        ui.label(title.color(*theme.color.muted));
        ui.add_space(4.0);
        let mut chosen = None;
        for member in members(state.content(), &present).into_iter().take(OFFERED) {
            let mark = if member == present { icons::CHECK } else { "" };
            if menu_item(ui, member.name(), mark, None).clicked() {
                chosen = Some(member.name().to_owned());
            }
        }
        if state.exchange.shared.as_ref().is_some_and(|shared| shared.leads)
            && menu_item(ui, "Let somebody in…", "", None).clicked()
        {
            out.push(Ask::Exchange(ExchangeAsk::Share(ShareAsk::Admit)));
            ui.close();
        }
        ui.add_space(4.0);
        hairline(ui);
        ui.add_space(6.0);
        chosen = chosen.or(another(ui));
        if let Some(author) = chosen {
            let preferences = Preferences { author, ..state.preferences.clone() };
            out.push(Ask::Preferences(Box::new(preferences)));
            ui.close();
        }
    });
}

/// A name that is not in the list.
fn another(ui: &mut Ui) -> Option<String> {
    let id = Id::unique("another member");
    let mut typed: String = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    let mut given = false;
    let opened = just_opened(ui, id.with("seen"));
    if opened {
        typed.clear();
    }
    ui.horizontal(|ui| {
        let edit = TextEdit::singleline(&mut typed).hint_text("Another name").desired_width(132.0);
        let response = ui.add(edit.margin(Margin::symmetric(8, 5)));
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, "Another name"));
        if opened {
            response.request_focus();
        }
        given = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        given |= text_button(ui, "Switch").clicked();
    });
    given &= !typed.trim().is_empty();
    let name = given.then(|| std::mem::take(&mut typed).trim().to_owned());
    ui.data_mut(|d| d.insert_temp(id, typed));
    name
}

/// True in the first passes of a popup: it is measured in the first and shown in the next.
fn just_opened(ui: &Ui, id: Id) -> bool {
    let now = ui.ctx().cumulative_pass_nr();
    let (opened, seen) = ui.data(|d| d.get_temp(id)).unwrap_or((now, now));
    let opened = if now - seen > 1 { now } else { opened };
    ui.data_mut(|d| d.insert_temp(id, (opened, now)));
    now - opened < 2
}
