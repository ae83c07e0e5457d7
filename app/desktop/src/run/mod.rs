//! Carries commands and asks out: one file per noun, one line per noun here.

pub(crate) mod alignment;
pub(crate) mod alike;
pub(crate) mod backups;
pub(crate) mod bulk;
mod classes;
mod committee;
pub(crate) mod cube;
pub(crate) mod dataset;
mod edit;
mod file;
pub(crate) mod finder;
mod grid;
mod handing;
mod history;
pub(crate) mod inquiry;
mod inquiry_picture;
mod interview;
pub(crate) mod joining;
mod judging;
mod layer;
pub(crate) mod likeness;
pub(crate) mod looks;
pub(crate) mod map;
mod means;
pub(crate) mod models;
pub(crate) mod paper;
pub(crate) mod picture;
pub(crate) mod products;
mod proposals;
mod question_check;
pub(crate) mod questions;
mod relating;
mod returned;
pub(crate) mod review;
pub(crate) mod sam;
mod screening;
pub(crate) mod screening_work;
pub(crate) mod shape;
pub(crate) mod sharing;
pub(crate) mod spectra;
mod suggest;
mod teach;
pub(crate) mod teaching;
mod tool;
mod view;
pub(crate) mod wand;

use editing::Command;

use crate::frame::Program;
use crate::outbox::Ask;

impl Program {
    /// Carries out one thing that was asked for.
    pub(crate) fn carry_out(&mut self, ask: Ask) {
        match ask {
            Ask::Command(command) => self.run(command),
            Ask::Tool(event) => self.tool_event(event),
            Ask::Snap(snap) => self.state.snap = snap,
            Ask::Camera(to) => self.move_camera(to),
            Ask::MapRect(rect, pixels_per_point, id) => self.place_map(rect, pixels_per_point, id),
            Ask::Pointer(at) => self.pointer_at(at),
            Ask::Layer(id, ask) => self.layer(id, &ask),
            Ask::Visit(region) => self.visit(region),
            Ask::Read(region) => self.mark_read(region),
            Ask::Class(class) => self.set_class(&class),
            Ask::DismissNotice(id) => self.state.notices.dismiss(id),
            Ask::NoticeDetails(id) => self.state.notices.toggle_details(id),
            Ask::StopJob(id) => {
                self.jobs.cancel(id);
            }
            Ask::Preferences(preferences) => self.prefer(*preferences),
            Ask::Overlays(overlays) => self.state.overlays = overlays,
            Ask::OpenFiles(paths) => self.open_files(paths),
            Ask::Arrange(arrangement) => self.arrange(*arrangement),
            Ask::ShowPane(pane) => self.show_pane(pane),
            Ask::RetrySaving => self.retry_saving(),
            Ask::BringBack => self.bring_back_draft(),
            Ask::CloseAnyway => self.close_anyway(),
            Ask::RestoreBackup => self.restore_backup(),
            Ask::Review(ask) => self.review(ask),
            Ask::Committee(ask) => self.committee(ask),
            Ask::Paper(ask) => self.paper(ask),
            Ask::History(ask) => self.history(ask),
            Ask::Finder(ask) => self.finder(ask),
            Ask::Classes(ask) => self.classes(ask),
            Ask::Exchange(ask) => self.exchange(ask),
            Ask::Map(ask) => self.map_ask(ask),
            Ask::Spectra(ask) => self.spectra(ask),
            Ask::Products(ask) => self.products(ask),
            Ask::Align(ask) => self.align(ask),
            Ask::Cube(ask) => self.cube(ask),
            Ask::Relate(ask) => self.relate(ask),
            Ask::Screening(ask) => self.screening(ask),
            Ask::Question(ask) => self.question(ask),
            Ask::Inquiry(ask) => self.inquiry(ask),
            Ask::Interview(ask) => self.interview(ask),
            Ask::Model(ask) => self.model(ask),
            Ask::Sam(ask) => self.sam(ask),
            Ask::Alike(ask) => self.alike(ask),
        }
    }

    /// Runs a command, or says why it cannot be run.
    pub fn run(&mut self, command: Command) {
        if !crate::commands::is_offered(command) {
            return;
        }
        if let Some(reason) = command.unavailable(&self.state.situation()) {
            self.state.notices.tell(crate::notice::Tone::Info, format!("{reason}."), "");
            return;
        }
        match command {
            Command::File(command) => self.run_file(command),
            Command::View(command) => self.run_view(command),
            Command::Map(command) => self.run_map(command),
            Command::Edit(command) => self.run_edit(command),
            Command::Shape(command) => self.run_shape(command),
            Command::Find(command) => self.run_find(command),
            Command::Tool(kind) => self.arm(kind),
            Command::Dataset(command) => self.run_dataset(command),
            Command::Review(command) => self.run_review(command),
            Command::Screening(command) => self.run_screening(command),
            Command::Question(command) => self.run_question(command),
            Command::Model(command) => self.run_model(command),
        }
    }
}
