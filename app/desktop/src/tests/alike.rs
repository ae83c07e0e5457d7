//! Regions that are alike: compared beside the window, picked on the map of them, and suggested from.

use editing::{Command, EditCommand, Pane};
use project::{Author, RegionId};

use super::App;
use crate::alike::{AlikeAsk, Form, Tab};
use crate::outbox::Ask;

impl App {
    fn alike(&mut self, ask: AlikeAsk) {
        self.program().carry_out(Ask::Alike(ask));
        self.quiet();
    }

    fn compared(&mut self) {
        self.program().show_pane(Pane::Similar);
        self.quiet();
        self.alike(AlikeAsk::Compare);
        self.until("regions are compared", |p| p.state.alike.compared.is_some() && !p.is_busy());
        self.quiet();
    }

    fn suggested(&self, id: RegionId) -> Option<String> {
        let project = self.window.state().state.content()?;
        project.label_by(id, &Author::new(similar::AUTHOR)).map(|(_, label)| label.class.to_string())
    }
}

#[test]
fn regions_are_compared_and_a_loop_on_the_map_selects_those_within() {
    let (mut app, regions) = App::town(4);
    app.program().show_pane(Pane::Similar);
    app.quiet();
    assert!(app.sees("Compare regions"));
    app.compared();
    assert!(app.sees("Map of 36 similar regions") && app.sees("Stands out"));
    let compared = app.program().state.alike.compared.as_ref().expect("compared").clone();
    assert_eq!((compared.regions.len(), compared.left_out, compared.outliers.len()), (36, 0, 36));
    let drawn: usize = compared.series.iter().map(|series| series.points.len()).sum();
    assert_eq!((drawn, compared.series.len()), (36, 3), "two classes, and what is not labelled");
    // What lies together is alike: the nearest on the map of a bright square is a bright square.
    let is_bright = |id: &RegionId| {
        let n = regions.iter().position(|region| region == id).expect("one of them");
        (n + n / 6) % 2 == 1
    };
    for region in &regions {
        let near: Vec<RegionId> = compared.nearest(*region).take(5).collect();
        assert!(near.iter().all(|other| is_bright(other) == is_bright(region)), "{near:?}");
    }
    // A loop around one point holds its region, and with a key held what was selected stays.
    let around = |id: RegionId| {
        let at = compared.point(id).expect("on the map");
        vec![[at.x - 1e-4, at.y - 1e-4], [at.x + 1e-4, at.y - 1e-4], [at.x, at.y + 1e-4]]
    };
    app.alike(AlikeAsk::Lasso { path: around(regions[5]), add: false });
    assert_eq!(app.program().state.selected(), [regions[5]]);
    app.alike(AlikeAsk::Lasso { path: around(regions[9]), add: true });
    assert_eq!(app.program().state.selected(), [regions[5], regions[9]]);
    assert!(app.sees("2 selected"));
    let all = vec![[-1e3, -1e3], [1e3, -1e3], [1e3, 1e3], [-1e3, 1e3]];
    app.alike(AlikeAsk::Lasso { path: all, add: false });
    assert_eq!(app.program().state.selected().len(), 36);
    app.alike(AlikeAsk::Pick { region: regions[2], toggle: false });
    assert_eq!(app.program().state.selected(), [regions[2]]);
}

#[test]
fn labelled_regions_suggest_classes_for_the_others_and_one_undo_takes_them_back() {
    let (mut app, regions) = App::town(8);
    app.compared();
    app.alike(AlikeAsk::Tab(Tab::Suggestions));
    assert!(app.sees("Suggest 8 labels"), "what it would be is counted before");
    assert!(app.sees("commonest class"), "and how good it is");
    let before = app.label_of(regions[20]);
    app.alike(AlikeAsk::Suggest);
    for (n, id) in regions.iter().enumerate() {
        let truth = if (n + n / 6) % 2 == 1 { "destroyed" } else { "no damage" };
        assert_eq!(app.suggested(*id), (n < 8).then(|| truth.to_owned()), "region {n}");
    }
    assert_eq!(app.label_of(regions[20]), before, "labels of people stay");
    assert!(app.sees("The project has changed since"));
    app.program().run(Command::Edit(EditCommand::Undo));
    app.quiet();
    assert!(regions.iter().all(|id| app.suggested(*id).is_none()), "one undo");
    // Nothing is that probable: nothing is offered, and asking changes nothing.
    app.alike(AlikeAsk::Form(Form { least_percent: 100, ..Form::default() }));
    assert!(app.sees("Suggest 0 labels"));
    app.alike(AlikeAsk::Suggest);
    assert!(regions.iter().all(|id| app.suggested(*id).is_none()));
}

#[test]
fn without_labels_there_is_a_map_and_a_reason_why_nothing_is_suggested() {
    let (mut app, _) = App::town(36);
    app.compared();
    app.alike(AlikeAsk::Tab(Tab::Suggestions));
    assert!(app.sees("No region that is shown is labelled"));
    app.alike(AlikeAsk::Suggest);
    assert_eq!(app.program().state.content().expect("open").labels().len(), 0);
}
