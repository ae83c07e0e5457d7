//! A project on a server, in the windows of two people.

use editing::{Command, EditCommand, FileCommand, Selection};
use project::review::{Stage, Verdict, Vote};
use project::{Author, ClassCode, RegionId, Role};
use server::Connection;

use super::window::Window;
use crate::exchange::ExchangeAsk;
use crate::frame::Program;
use crate::outbox::Ask;
use crate::sharing::{Condition, Errand, ShareAsk, ShareForm};

#[path = "../../../server/tests/server/cluster.rs"]
#[expect(dead_code, reason = "not every test of a server needs all of it")]
mod cluster;

use self::cluster::Cluster;

fn ask(window: &mut Window, ask: ShareAsk) {
    window.program().carry_out(Ask::Exchange(ExchangeAsk::Share(ask)));
}

fn condition(program: &Program) -> Option<&Condition> {
    Some(&program.state.exchange.shared.as_ref()?.condition)
}

fn is_in_step(program: &Program) -> bool {
    let shared = program.state.exchange.shared.as_ref();
    shared.is_some_and(|shared| shared.condition == Condition::Together && shared.waiting == 0)
}

fn cast(window: &mut Window, name: &str, case: RegionId) {
    let program = window.program();
    let now_ms = program.state.now_ms;
    let session = &mut program.state.project.as_mut().expect("open").session;
    let vote = Vote {
        id: session.ids(now_ms).vote(),
        case,
        member: Author::new(name),
        stage: Stage::Two,
        verdict: Verdict::Edit,
        class: Some(ClassCode::new("destroyed")),
        confidence: None,
        note: String::new(),
        seconds: None,
        at_ms: None,
        shape: None,
        seal: None,
    };
    let touched = session.vote(now_ms, vote).expect("voted");
    program.after(&touched);
    window.settle();
    window.until("the vote is sent", is_in_step);
}

/// Ana's window with a project that she has shared, and Ben's, whom she let in and who has fetched it.
struct Two {
    cluster: std::sync::Arc<Cluster>,
    database: String,
    ana: Window,
    ben: Window,
    _config: [tempfile::TempDir; 2],
}

fn two(name: &str) -> Option<Two> {
    let cluster = Cluster::own()?;
    let database = cluster.database(name);
    let config = [tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder")];
    let mut ana = Window::remembering(3, config[0].path());
    ana.program().run(Command::File(FileCommand::Share));
    ana.settle();
    ana.expect("Share the project on a server");
    let address = cluster.address(&database, &database).to_string();
    let form = ShareForm { address, seal: true, ..ShareForm::default() };
    ask(&mut ana, ShareAsk::Form(Box::new(form)));
    ana.settle();
    ana.click("Share");
    ana.until("it is shared", is_in_step);
    ana.settle();
    assert!(ana.reads("all sent"), "the status bar says so");
    assert!(ana.content().settings().rule.sealed, "committee votes are sealed");

    ask(&mut ana, ShareAsk::Admit);
    ask(&mut ana, ShareAsk::AdmitForm("Ben".into(), Role::Committee));
    ana.settle();
    ana.click("Let in");
    ana.until("Ben is let in", |p| p.state.exchange.admit.as_ref().is_some_and(|a| a.outcome.is_some()));
    ana.settle();
    let outcome = ana.program().state.exchange.admit.take().and_then(|draft| draft.outcome);
    let admitted = outcome.expect("an outcome").expect("let in");
    assert_eq!(admitted.password.map(|password| password.0.len()), Some(20));

    let mut ben = Window::keeping(config[1].path());
    ask(&mut ben, ShareAsk::Begin(Errand::Fetch));
    let form = ShareForm { errand: Errand::Fetch, address: admitted.address, ..ShareForm::default() };
    ask(&mut ben, ShareAsk::Form(Box::new(form)));
    ask(&mut ben, ShareAsk::Go);
    ben.until("it is fetched", |p| p.state.project.is_some() && is_in_step(p));
    ben.settle();
    assert_eq!(ben.program().state.author().name(), "Ben", "the server knows who it is");
    assert_eq!(ben.content().regions().len(), 3);
    Some(Two { cluster, database, ana, ben, _config: config })
}

#[test]
fn a_vote_in_one_window_is_seen_in_the_other_which_loses_neither_selection_nor_undo() {
    let Some(Two { cluster: _cluster, mut ana, mut ben, _config, .. }) = two("seen") else { return };
    let cases: Vec<RegionId> = ana.content().regions().keys().copied().collect();
    // Ana has something selected, and something to take back.
    ana.label_everything("major damage");
    let chosen: Selection = [cases[1]].into_iter().collect();
    ana.program().select(chosen.clone());
    ana.until("Ana's work is sent", is_in_step);
    cast(&mut ben, "Ben", cases[0]);
    ana.until("Ben's vote is here", |p| {
        p.state.content().is_some_and(|project| project.committee_members(cases[0]).len() == 1)
    });
    ana.settle();
    assert!(ana.content().votes_on(cases[0]).all(Vote::is_sealed), "what it says is not");
    assert_eq!(ana.program().state.selection, chosen);
    ana.program().run(Command::Edit(EditCommand::Undo));
    ana.settle();
    let class = ana.content().label_of(cases[1]).map(|(_, label)| label.class.clone());
    assert_eq!(class, Some(ClassCode::new("no damage")), "taken back over what came in between");
    ana.until("that is sent, too", is_in_step);
    ben.until("and Ben sees that", |p| {
        let label = p.state.content().and_then(|project| project.label_of(cases[1]));
        label.is_some_and(|(_, label)| label.class == ClassCode::new("no damage"))
    });
}

#[test]
fn work_goes_on_while_the_server_is_gone_and_is_sent_when_it_is_back() {
    let Some(Two { cluster, mut ana, mut ben, _config, .. }) = two("gone") else { return };
    cluster.stop();
    ana.label_everything("destroyed");
    ana.until("the window notices", |p| matches!(condition(p), Some(Condition::Away { .. })));
    ana.settle();
    assert!(ana.reads("away since") && ana.reads("wait"), "the status bar says so");
    ana.expect("Try again");
    assert!(cluster.start(), "the server starts again");
    ana.until("everything is sent", is_in_step);
    let region = *ana.content().regions().keys().next().expect("a region");
    ben.until("and Ben has it", |p| {
        let label = p.state.content().and_then(|project| project.label_of(region));
        label.is_some_and(|(_, label)| label.class == ClassCode::new("destroyed"))
    });
}

#[test]
fn what_the_server_refuses_is_said_with_the_reason_and_kept() {
    let Some(Two { cluster, database, mut ben, _config, .. }) = two("refused") else { return };
    let mut lead = Connection::open(&cluster.address(&database, &database)).expect("connects");
    lead.remove_member("Ben").expect("removed");
    ben.label_everything("destroyed");
    ben.until("it is refused", |p| matches!(condition(p), Some(Condition::Refused(_))));
    ben.settle();
    ben.expect("Try again");
    let shared = ben.program().state.exchange.shared.clone().expect("shared");
    assert!(shared.waiting >= 1, "{shared:?}");
    ask(&mut ben, ShareAsk::Begin(Errand::Share));
    ben.settle();
    assert!(ben.reads("was removed from the members"), "{shared:?}");
    // Back in, it is sent.
    lead.add_member("Ben", None, Role::Committee, None).expect("added");
    ask(&mut ben, ShareAsk::Retry);
    ben.until("it is sent", is_in_step);
}

#[test]
fn a_server_that_is_not_there_and_an_address_that_is_none_are_said_in_the_dialog() {
    let config = tempfile::tempdir().expect("folder");
    let mut window = Window::remembering(1, config.path());
    for (address, said) in
        [("nowhere", "no address"), ("postgres://ana@127.0.0.1:1/town", "cannot be reached")]
    {
        ask(&mut window, ShareAsk::Begin(Errand::Share));
        let form = ShareForm { address: address.into(), ..ShareForm::default() };
        ask(&mut window, ShareAsk::Form(Box::new(form)));
        ask(&mut window, ShareAsk::Go);
        window.until("it is said", |p| {
            p.state.exchange.share.as_ref().is_some_and(|draft| draft.trouble.is_some())
        });
        window.settle();
        assert!(window.reads(said), "{said}");
    }
    // A password that was typed into the address stands nowhere.
    ask(&mut window, ShareAsk::Begin(Errand::Share));
    let form = ShareForm { address: "postgres://ana:telltale@host/town".into(), ..ShareForm::default() };
    ask(&mut window, ShareAsk::Form(Box::new(form)));
    window.settle();
    let form = window.program().state.exchange.share.as_ref().expect("open").form.clone();
    assert_eq!((form.address.as_str(), form.password.0.as_str()), ("postgres://ana@host/town", "telltale"));
    assert!(!window.reads("telltale") && !format!("{form:?}").contains("telltale"));
    window.press(egui::Key::Escape);
    assert!(!window.program().state.exchange.is_open());
}
