//! Pointer and keys on their way to the armed tool, and what it answers.

use editing::{Effect, Key, Tool, ToolEvent, ToolKind};
use spatial::ScreenPoint;

use crate::frame::Program;
use crate::notice::Tone;

impl Program {
    /// Arms a tool; what the old one had begun is given up and can be brought back.
    pub(super) fn arm(&mut self, kind: ToolKind) {
        if self.state.tool.kind() == kind {
            return;
        }
        self.pay_wishes();
        self.tool_event(ToolEvent::Cancel);
        let put_away = std::mem::replace(&mut self.state.tool, Tool::new(kind));
        self.keep_scribbles(put_away);
        match kind {
            ToolKind::Spectrum => self.show_pane(editing::Pane::Spectra),
            ToolKind::Align => self.show_pane(editing::Pane::Alignment),
            _ => {}
        }
    }

    pub(crate) fn tool_event(&mut self, event: ToolEvent) {
        let at_ms = self.state.now_ms;
        let Some(open) = &mut self.state.project else { return };
        // Whoever drops what they draw, or takes another tool, draws no outline for the case on the card any more.
        if matches!(event, ToolEvent::Cancel | ToolEvent::Key { key: Key::Escape, .. }) {
            self.state.committee.drawing = None;
        }
        let mut ids = open.session.ids(at_ms).clone();
        let tool = std::mem::take(&mut self.state.tool);
        let kind = tool.kind();
        let unfinished = tool.is_drawing().then(|| tool.clone());
        let stepped = self.state.with_tool_context(|ctx| tool.step(event, ctx, &mut ids));
        let (tool, effects) = stepped.unwrap_or_else(|| (Tool::new(kind), Vec::new()));
        self.state.tool = tool;
        if let Some(open) = &mut self.state.project {
            *open.session.ids(at_ms) = ids;
        }
        for effect in effects {
            if !self.effect(effect) {
                // What was drawn is not lost with a refused edit: it can be finished again.
                if let Some(tool) = unfinished {
                    self.state.tool = tool;
                }
                return;
            }
        }
    }

    /// Carries one effect out; false for an edit that was refused, and those after it make no sense then.
    fn effect(&mut self, effect: Effect) -> bool {
        match effect {
            Effect::Edit(edit) => {
                let Some(edit) = self.take_outline(edit) else { return true };
                return self.apply_shown(edit);
            }
            Effect::Select(selection) => self.select(selection),
            Effect::Notice(text) => self.state.notices.tell(Tone::Info, text, ""),
            Effect::Copy(text) => {
                self.ctx.copy_text(text);
                self.state.notices.tell(Tone::Info, "Copied.", "");
            }
            Effect::Draft(draft) => {
                let text = draft.and_then(|d| serde_json::to_string(&d).ok());
                let Some(open) = &mut self.state.project else { return true };
                // A draft that cannot be kept is no reason to stop drawing; the banner says what is wrong.
                if let Err(error) = open.session.save_draft(text.as_deref()) {
                    log::warn!("the draft is not kept: {error}");
                }
            }
            Effect::Dropped(draft) => self.state.dropped = Some(draft),
            Effect::Reshape(change) => self.reshape(change),
            Effect::Cut { regions, path, out } => self.cut_many(regions, path, out),
            Effect::Delete => self.delete_selected(),
            Effect::Propose => self.begin_proposing(),
            Effect::Spectrum(at) => self.take_spectrum(at),
            Effect::Relate { from, to } => self.ask_relation([from, to]),
        }
        true
    }

    pub(super) fn pointer_at(&mut self, at: Option<ScreenPoint>) {
        self.state.pointer.screen = at;
        self.refresh_pointer();
    }

    /// Works out anew what is under the pointer.
    pub(crate) fn refresh_pointer(&mut self) {
        let state = &mut self.state;
        state.pointer.world = state.pointer.screen.map(|p| state.camera.world_from_screen(p));
        let region = state
            .pointer
            .world
            .and_then(|at| self.state.with_tool_context(|ctx| editing::region_at(ctx, at)).flatten());
        self.state.pointer.region = region;
    }
}
