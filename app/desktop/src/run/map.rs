//! Aids over the map: what the commands do, and what is read for them.

use std::path::PathBuf;
use std::sync::Arc;

use editing::MapCommand;
use jiff::civil::Date;
use jobs::{Job, JobContext, JobFailure, Priority};
use project::LayerId;
use spatial::Viewport;

use crate::bookmarks::{self, Bookmark};
use crate::frame::Program;
use crate::map::aids::Ground;
use crate::map::compare::{self, Swipe};
use crate::map::dates::{self, Time};
use crate::map::pixels::{self, BlockPlace, PixelBlock};
use crate::run::picture::PictureAsk;

/// What a panel asks about the map's aids.
#[derive(Clone, Debug, PartialEq)]
pub enum MapAsk {
    /// Go to a kept view, by its number in the preferences.
    GoToBookmark(usize),
    RenameBookmark(usize, String),
    RemoveBookmark(usize),
    /// Where the divider stands, and between which layers.
    Swipe(Swipe),
    Picture(PictureAsk),
    /// Show the layers of this day and hide those of others.
    Day(Date),
    /// Shows or hides a layer in the second or a following view.
    ShowInView(usize, LayerId, bool),
}

/// What is under way for the map's aids.
#[derive(Debug, Default)]
pub(crate) struct MapWork {
    pixels: Option<(BlockPlace, Job<PixelBlock>)>,
    /// The picture that is being saved.
    pub(super) picture: Option<Job<PathBuf>>,
    /// What could not be read, so that it is not asked for again and again.
    unreadable: Option<BlockPlace>,
}

impl MapWork {
    pub(crate) fn is_busy(&self) -> bool {
        self.pixels.is_some() || self.picture.is_some()
    }
}

impl Program {
    pub(super) fn run_map(&mut self, command: MapCommand) {
        let mut preferences = self.state.preferences.clone();
        let aids = &mut preferences.map;
        match command {
            MapCommand::PixelValues => aids.pixel_values = !aids.pixel_values,
            MapCommand::Graticule => {
                aids.graticule = aids.graticule.next(self.state.aids.ground.is_some());
            }
            MapCommand::NorthArrow => aids.north_arrow = !aids.north_arrow,
            MapCommand::Minimap => aids.minimap = !aids.minimap,
            MapCommand::AsDrawn => return self.show_as_drawn(!self.state.alignment.as_drawn),
            MapCommand::AddBookmark => return self.add_bookmark(),
            MapCommand::TimeSlider => return self.toggle_time(),
            MapCommand::NextDate => return self.step_day(1),
            MapCommand::PreviousDate => return self.step_day(-1),
            MapCommand::SavePicture => return self.begin_picture(),
            MapCommand::LinkedViews => return self.link_views(None),
            MapCommand::Views(count) => return self.link_views(Some(count)),
            MapCommand::NextBookmark => return self.step_bookmark(1),
            MapCommand::PreviousBookmark => return self.step_bookmark(-1),
        }
        self.prefer(preferences);
    }

    pub(super) fn map_ask(&mut self, ask: MapAsk) {
        let mut preferences = self.state.preferences.clone();
        match ask {
            MapAsk::GoToBookmark(index) => return self.go_to_bookmark(index),
            MapAsk::Day(day) => return self.show_day(day),
            MapAsk::Picture(ask) => return self.picture_ask(ask),
            MapAsk::Swipe(swipe) => {
                self.state.aids.swipe = Some(swipe);
                return;
            }
            MapAsk::ShowInView(view, id, shown) => {
                let layers = compare::top_first(&self.state);
                return self.state.aids.views.show(&layers, view, id, shown);
            }
            MapAsk::RenameBookmark(index, name) => {
                if let Some(bookmark) = preferences.bookmarks.get_mut(index) {
                    bookmark.name = name;
                }
            }
            MapAsk::RemoveBookmark(index) => {
                if index < preferences.bookmarks.len() {
                    preferences.bookmarks.remove(index);
                    self.state.aids.bookmark = None;
                }
            }
        }
        self.prefer(preferences);
    }

    /// Shows the divider between two layers, or takes it away.
    pub(super) fn toggle_swipe(&mut self) {
        let aids = &self.state.aids;
        let shown = aids.swipe.is_some() && aids.views.count() == 1;
        self.state.aids.swipe = if shown { None } else { compare::first_swipe(&self.state) };
        if !shown && self.state.aids.views.count() > 1 {
            self.state.aids.views.toggle();
        }
    }

    /// Shows the slider on the newest day that is seen, or puts back what was visible before it.
    fn toggle_time(&mut self) {
        if let Some(time) = self.state.aids.time.take() {
            for (id, visible) in time.before {
                if let Some(layer) = self.state.layers.get_mut(&id) {
                    layer.set_visible(visible);
                }
            }
            return;
        }
        let seen = |id: &LayerId| self.state.layers.get(id).is_some_and(|l| l.visible);
        let dates = &self.state.aids.dates;
        let newest = dates.iter().filter(|(id, _)| seen(id)).map(|(_, day)| *day).max();
        if let Some(day) = newest.or_else(|| dates.iter().map(|(_, day)| *day).max()) {
            self.show_day(day);
        }
    }

    fn step_day(&mut self, by: isize) {
        let days = dates::days(&self.state.aids.dates);
        let Some(time) = &self.state.aids.time else { return self.toggle_time() };
        let here = days.iter().position(|day| *day == time.day).unwrap_or(0);
        if let Some(day) = here.checked_add_signed(by).and_then(|i| days.get(i)) {
            self.show_day(*day);
        }
    }

    fn show_day(&mut self, day: Date) {
        let dated = self.state.aids.dates.clone();
        let before = match self.state.aids.time.take() {
            Some(time) => time.before,
            None => self.state.layers.iter().map(|(id, layer)| (*id, layer.visible)).collect(),
        };
        for (id, taken) in dated {
            if let Some(layer) = self.state.layers.get_mut(&id) {
                layer.set_visible(taken == day);
            }
        }
        self.state.aids.time = Some(Time { day, before });
    }

    fn link_views(&mut self, count: Option<u8>) {
        let views = &mut self.state.aids.views;
        match count {
            None => views.toggle(),
            Some(count) => views.set(count.into()),
        }
        self.state.aids.swipe = None;
    }

    fn add_bookmark(&mut self) {
        let Some(open) = &self.state.project else { return };
        let mut preferences = self.state.preferences.clone();
        let name = bookmarks::free_name(&preferences.bookmarks);
        let ground = self.state.aids.ground.as_deref();
        let kept = Bookmark::of(name.clone(), &self.state.camera, ground, open.session.path());
        let Some(kept) = kept.filter(|_| preferences.bookmarks.len() < bookmarks::MOST) else {
            let text = "This view cannot be kept: it lies off the earth, or there are too many already.";
            self.state.notices.tell(crate::notice::Tone::Info, text, "");
            return;
        };
        preferences.bookmarks.push(kept);
        self.state.aids.bookmark = Some(preferences.bookmarks.len() - 1);
        self.prefer(preferences);
        self.show_pane(editing::Pane::Bookmarks);
        self.state.notices.done(format!("Kept as “{name}”."));
    }

    fn step_bookmark(&mut self, by: isize) {
        let found: Vec<usize> = bookmarks::here(&self.state).iter().map(|(i, _, _)| *i).collect();
        if found.is_empty() {
            return;
        }
        let now = self.state.aids.bookmark.and_then(|now| found.iter().position(|i| *i == now));
        let next = match now {
            Some(now) => (now as isize + by).rem_euclid(found.len() as isize) as usize,
            None if by < 0 => found.len() - 1,
            None => 0,
        };
        self.go_to_bookmark(found[next]);
    }

    fn go_to_bookmark(&mut self, index: usize) {
        let found = bookmarks::here(&self.state).into_iter().find(|(i, _, _)| *i == index);
        let Some((_, _, view)) = found else { return };
        self.state.aids.bookmark = Some(index);
        self.look_at(view);
    }

    fn look_at(&mut self, view: Viewport) {
        self.move_camera(crate::outbox::CameraMove::Go(view.center, view.resolution));
    }

    /// Follows the map's CRS, and reads the values of the pixels in view where they are to be written.
    pub(crate) fn plan_map(&mut self) {
        let crs = self.state.content().and_then(project::Project::crs);
        if crs != self.state.aids.ground.as_deref().map(|g| &g.crs) {
            self.state.aids.ground = crs.and_then(Ground::new).map(Arc::new);
        }
        let open = self.state.layers.values().filter(|l| l.view().is_some()).count();
        if open != self.state.aids.dated {
            self.state.aids.dates = dates::of_layers(&self.state);
            self.state.aids.dated = open;
        }
        self.receive_picture();
        self.receive_pixels();
        let Some(place) = pixels::wanted(&self.state) else {
            (self.state.aids.pixels, self.map_work.pixels) = (None, None);
            return;
        };
        let kept = self.state.aids.pixels.as_ref();
        let known =
            kept.is_some_and(|b| b.place.covers(&place)) || self.map_work.unreadable.as_ref() == Some(&place);
        // One at a time, the latest place next: what is under way ends soon, and serves until then.
        if known || self.map_work.pixels.is_some() {
            return;
        }
        let source = self.state.layers.get(&place.layer).and_then(|l| l.source()).cloned();
        let Some(source) = source else { return };
        let wanted = place.clone();
        let job = self.jobs.spawn(Priority::Visible, "Read the values of pixels", {
            move |ctx: &JobContext| -> Result<PixelBlock, JobFailure> {
                ctx.check()?;
                let [x, y, width, height] = place.window;
                let samples = source.read_exact(0, x, y, width, height, &place.bands)?;
                Ok(PixelBlock { place, samples })
            }
        });
        self.map_work.pixels = Some((wanted, job));
    }

    fn receive_pixels(&mut self) {
        let Some(result) = self.map_work.pixels.as_ref().and_then(|(_, job)| job.poll()) else { return };
        let Some((place, _)) = self.map_work.pixels.take() else { return };
        match result {
            Ok(block) => {
                self.state.aids.pixels = Some(Arc::new(block));
                self.ctx.request_repaint();
            }
            // The tile says itself that it cannot be read.
            Err(_) => self.map_work.unreadable = Some(place),
        }
    }
}
