//! A desk to work at: a project, a tool and a hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use project::alignment::{AlignedView, Alignment};
use project::{
    Author, Change, ClassCode, Edit, GeometrySource, IdSource, Layer, LayerId, LayerRole, Project, Region,
    RegionId, Schema,
};
use spatial::{ScreenPoint, Viewport};

use crate::{
    AlignContext, Answer, Composite, Draft, Effect, Finder, Key, Modifiers, OutOfReach, Pointer, Selection,
    SnapSettings, Tool, ToolContext, ToolEvent, ToolKind,
};

/// World units are screen pixels with y up, the origin in the middle of 1000 by 1000.
pub(super) struct Desk {
    pub(super) project: Project,
    pub(super) tool: Tool,
    pub(super) selection: Selection,
    pub(super) snap: SnapSettings,
    pub(super) class: Option<ClassCode>,
    pub(super) ids: IdSource,
    pub(super) edits: Vec<Edit>,
    pub(super) notices: Vec<String>,
    pub(super) draft: Option<Draft>,
    pub(super) dropped: Option<Draft>,
    pub(super) copied: Vec<String>,
    pub(super) layer: Option<LayerId>,
    pub(super) composite: Option<Arc<Composite>>,
    pub(super) answer: Option<Answer>,
    /// Wishes are not answered until it is said.
    pub(super) is_slow: bool,
    finder: Finder,
    /// How often regions were asked for.
    pub(super) proposals: usize,
    pub(super) out_of_reach: OutOfReach,
    viewport: Viewport,
    author: Author,
}

pub(super) fn square(x: f64, y: f64, side: f64) -> geo::Geometry<f64> {
    geo::Rect::new((x, y), (x + side, y + side)).to_polygon().into()
}

impl Desk {
    pub(super) fn new(kind: ToolKind) -> Self {
        let mut desk = Self {
            project: Project::new(),
            tool: Tool::new(kind),
            selection: Selection::default(),
            snap: SnapSettings::OFF,
            class: None,
            ids: IdSource::new(1_000, 4),
            edits: Vec::new(),
            notices: Vec::new(),
            draft: None,
            dropped: None,
            copied: Vec::new(),
            layer: None,
            composite: None,
            answer: None,
            is_slow: false,
            finder: Finder::default(),
            proposals: 0,
            out_of_reach: OutOfReach::default(),
            viewport: Viewport::new((0.0, 0.0).into(), 1.0, [1000.0, 1000.0]),
            author: Author::new("ana"),
        };
        let schema = Arc::new(Schema::joint_damage_scale());
        desk.carry_out(Effect::Edit(Edit::Schema(Change::create((), schema))));
        desk.edits.clear();
        desk
    }

    /// A region that is there already.
    pub(super) fn put(&mut self, geometry: geo::Geometry<f64>) -> RegionId {
        self.put_from(GeometrySource::CUSTOM, geometry)
    }

    /// The same from another source.
    pub(super) fn put_from(&mut self, source: &str, geometry: geo::Geometry<f64>) -> RegionId {
        let id = self.ids.region();
        let region = Region {
            geometry,
            layer: None,
            source: GeometrySource::new(source),
            source_id: None,
            attributes: BTreeMap::new(),
        };
        self.carry_out(Effect::Edit(Edit::Region(Change::create(id, Arc::new(region)))));
        self.edits.clear();
        id
    }

    pub(super) fn geometry(&self, id: RegionId) -> geo::Geometry<f64> {
        self.project.region(id).expect("there").geometry.clone()
    }

    /// The project as the layer of the align tool shows it; `None` where the desk has none.
    pub(super) fn aligned(&self) -> Option<AlignedView> {
        let alignment = Alignment::of(&self.project, self.layer?).expect("the nearest arrow always works");
        Some(AlignedView::new(&self.project, Arc::new(alignment)))
    }

    /// Lays a picture of 400 by 400 pixels under the middle, painted by column and row.
    pub(super) fn paint(&mut self, color: impl Fn(usize, usize) -> [u8; 3]) {
        let camera = Viewport::new((0.0, 0.0).into(), 1.0, [400.0, 400.0]);
        let pixel = |i: usize| {
            let [r, g, b] = color(i % 400, i / 400);
            [r, g, b, 255]
        };
        let rgba: Vec<[u8; 4]> = (0..400 * 400).map(pixel).collect();
        self.composite = Composite::new(camera, rgba.as_flattened()).map(Arc::new);
    }

    /// The same with 100 by 100 pixels, each four world units wide.
    pub(super) fn paint_small(&mut self, color: impl Fn(usize, usize) -> [u8; 3]) {
        let camera = Viewport::new((0.0, 0.0).into(), 4.0, [100.0, 100.0]);
        let pixel = |i: usize| {
            let [r, g, b] = color(i % 100, i / 100);
            [r, g, b, 255]
        };
        let rgba: Vec<[u8; 4]> = (0..100 * 100).map(pixel).collect();
        self.composite = Composite::new(camera, rgba.as_flattened()).map(Arc::new);
    }

    /// The same with 40 by 40 pixels, for hands that are quicker than a picture of this size.
    pub(super) fn paint_coarsely(&mut self) {
        let camera = Viewport::new((0.0, 0.0).into(), 12.0, [40.0, 40.0]);
        let pixel = |i: usize| {
            let tone = ((i / 3 * 2_654_435_761) >> 7) as u8 / 4 + if i % 40 < 22 { 0 } else { 130 };
            [tone, tone, 90, if i < 80 { 0 } else { 255 }]
        };
        let rgba: Vec<[u8; 4]> = (0..40 * 40).map(pixel).collect();
        self.composite = Composite::new(camera, rgba.as_flattened()).map(Arc::new);
    }

    /// Puts a layer under everything: a pixel is half a world unit, y down from 500.
    pub(super) fn lay(&mut self) -> LayerId {
        let id = self.ids.layer();
        let layer = Layer {
            name: "after".into(),
            path: "after.tif".into(),
            role: LayerRole::After,
            crs: None,
            transform: spatial::GeoTransform::new([-500.0, 0.5, 0.0, 500.0, 0.0, -0.5]),
            warp: None,
            width: 2000,
            height: 2000,
            bands: 3,
            order: 0,
            alignment: spatial::align::Method::default(),
            sha256: None,
        };
        self.carry_out(Effect::Edit(Edit::Layer(Change::create(id, layer))));
        self.edits.clear();
        self.layer = Some(id);
        id
    }

    pub(super) fn with_context<T>(&self, ask: impl FnOnce(&ToolContext) -> T) -> T {
        let view = self.aligned();
        ask(&ToolContext {
            project: view.as_ref().map_or(&self.project, AlignedView::project),
            viewport: &self.viewport,
            selection: &self.selection,
            selection_box: crate::box_around(
                view.as_ref().map_or(&self.project, AlignedView::project),
                self.selection.regions(),
            ),
            author: &self.author,
            layer: None,
            class: self.class.as_ref(),
            snap: self.snap,
            px_per_point: 1.0,
            at_ms: 77,
            align: view
                .as_ref()
                .map(|view| AlignContext { drawn: &self.project, alignment: view.alignment() }),
            composite: self.composite.as_ref(),
            answer: self.answer.as_ref(),
            out_of_reach: &self.out_of_reach,
        })
    }

    /// One event, and the answers to what the tool wishes for.
    pub(super) fn event(&mut self, event: ToolEvent) {
        self.one_event(event);
        if !self.is_slow {
            self.answer_wishes();
        }
    }

    pub(super) fn answer_wishes(&mut self) {
        for _ in 0..9 {
            let Some(wish) = self.tool.wish().cloned() else { return };
            self.answer = Some(self.finder.find(&wish, &|| true));
            self.one_event(ToolEvent::Found);
        }
        panic!("it wishes and wishes");
    }

    fn one_event(&mut self, event: ToolEvent) {
        let tool = std::mem::take(&mut self.tool);
        let mut ids = self.ids.clone();
        let (tool, effects) = self.with_context(|ctx| tool.step(event, ctx, &mut ids));
        (self.tool, self.ids) = (tool, ids);
        for effect in effects {
            self.carry_out(effect);
        }
        self.with_context(|ctx| {
            let _ = (self.tool.preview(ctx), self.tool.cursor(ctx));
            assert!(!self.tool.hints().is_empty());
        });
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Edit(edit) => {
                self.project.apply(&edit).expect("a tool's edit applies");
                assert_eq!(project::violations(&self.project), Vec::<String>::new());
                self.edits.push(edit);
                self.selection = std::mem::take(&mut self.selection).existing(&self.project);
            }
            Effect::Select(selection) => {
                let unknown = selection.regions().iter().find(|id| self.project.region(**id).is_none());
                assert_eq!(unknown, None, "a selection holds regions that exist");
                self.selection = selection;
            }
            Effect::Delete => {
                let edit = crate::delete_edit(&self.project, self.selection.regions());
                self.selection = Selection::default();
                if let Some(edit) = edit {
                    self.carry_out(Effect::Edit(edit));
                }
            }
            Effect::Notice(text) => self.notices.push(text),
            Effect::Copy(text) => self.copied.push(text),
            Effect::Draft(draft) => self.draft = draft,
            Effect::Dropped(draft) => self.dropped = Some(draft),
            Effect::Relate { from, to } => {
                assert!(from != to, "a region has no relation to itself");
                let (mut ids, ana) = (self.ids.clone(), Author::new("ana"));
                let edit = crate::relate_by_new_edit(&self.project, &mut ids, [from, to], "near", &ana, 78);
                self.ids = ids;
                if let Some(edit) = edit {
                    self.carry_out(Effect::Edit(edit));
                }
            }
            Effect::Propose => self.proposals += 1,
            Effect::Reshape(change) => {
                let regions = self.selection.regions().to_vec();
                let made = crate::reshape_edit(&self.project, &mut self.ids, &regions, change);
                self.carry_out(Effect::Edit(made.expect("it can be made").edit));
            }
            Effect::Cut { regions, path, out } => {
                let made = if out {
                    crate::cut_out_edit(&self.project, &regions, &path)
                } else {
                    crate::split_edit(&self.project, &mut self.ids, &regions, &path)
                };
                if let Ok(made) = made {
                    self.carry_out(Effect::Edit(made.edit));
                }
            }
            Effect::Spectrum(at) => assert!(at.x.is_finite() && at.y.is_finite(), "a place on the map"),
        }
    }

    fn pointer(&self, x: f64, y: f64, modifiers: Modifiers, clicks: u8) -> Pointer {
        let screen: ScreenPoint = self.viewport.screen_from_world((x, y).into());
        Pointer::at(&self.viewport, screen, modifiers, clicks)
    }

    pub(super) fn pointer_at(&self, x: f64, y: f64) -> Pointer {
        self.pointer(x, y, Modifiers::NONE, 1)
    }

    pub(super) fn hover(&mut self, x: f64, y: f64) {
        self.event(ToolEvent::Move(self.pointer(x, y, Modifiers::NONE, 0)));
    }

    pub(super) fn click(&mut self, x: f64, y: f64) {
        self.click_with(x, y, Modifiers::NONE, 1);
    }

    pub(super) fn click_with(&mut self, x: f64, y: f64, modifiers: Modifiers, clicks: u8) {
        self.event(ToolEvent::Move(self.pointer(x, y, modifiers, 0)));
        self.event(ToolEvent::Press(self.pointer(x, y, modifiers, clicks)));
        self.event(ToolEvent::Release(self.pointer(x, y, modifiers, clicks)));
    }

    pub(super) fn drag(&mut self, from: (f64, f64), to: (f64, f64)) {
        self.drag_with(from, to, Modifiers::NONE);
    }

    pub(super) fn drag_with(&mut self, from: (f64, f64), to: (f64, f64), modifiers: Modifiers) {
        self.pull(from, to, modifiers);
        self.event(ToolEvent::Release(self.pointer(to.0, to.1, modifiers, 1)));
    }

    /// Goes on with a drag.
    pub(super) fn drag_on(&mut self, to: (f64, f64)) {
        self.event(ToolEvent::Drag(self.pointer(to.0, to.1, Modifiers::NONE, 0)));
    }

    pub(super) fn let_go(&mut self, at: (f64, f64)) {
        self.event(ToolEvent::Release(self.pointer(at.0, at.1, Modifiers::NONE, 1)));
    }

    /// A drag that is not let go of.
    pub(super) fn pull(&mut self, from: (f64, f64), to: (f64, f64), modifiers: Modifiers) {
        self.event(ToolEvent::Press(self.pointer(from.0, from.1, modifiers, 1)));
        let middle = (f64::midpoint(from.0, to.0), f64::midpoint(from.1, to.1));
        for (x, y) in [middle, to] {
            self.event(ToolEvent::Drag(self.pointer(x, y, modifiers, 0)));
        }
    }

    pub(super) fn key(&mut self, key: Key) {
        self.event(ToolEvent::key(key));
    }

    pub(super) fn key_with(&mut self, key: Key, modifiers: Modifiers) {
        self.event(ToolEvent::Key { key, modifiers });
    }
}
