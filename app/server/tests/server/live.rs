//! Exchanges beside a session that stays open, as a window has it.

use project::Author;
use server::{Beside, Exchanged, Kept};
use store::{Adopted, OpenMode, Session};

use crate::desks::{AT_MS, Desks, draw, open, sealed, vote};

/// A member whose window is open.
struct Seat {
    name: &'static str,
    session: Session,
    kept: Kept,
    noted: Option<server::Noted>,
}

impl Seat {
    fn take(desks: &Desks, name: &'static str) -> Self {
        let mode = OpenMode::ReadWrite { holder: name.into() };
        let session = Session::open(&desks.file(name), mode).expect("opens");
        let session = session.signed_by(desks.signer(name), Author::new(name)).in_background();
        let session = session.expect("a thread");
        let address = desks.address(name);
        let kept = desks.with(name, |desk| desk.kept(Some(&address))).expect("remembered");
        Self { name, session, kept, noted: None }
    }

    /// What the exchange is worked out from; `meanwhile` is what somebody does while it is under way.
    fn exchange(&mut self, desks: &Desks, meanwhile: impl FnOnce(&mut Session)) -> Exchanged {
        let base = self.session.entry_base(AT_MS).expect("may be written");
        assert!(self.session.wait_saved(std::time::Duration::from_secs(20)), "not saved");
        let author = Author::new(self.name);
        let (address, kept) = (desks.address(self.name), self.kept.clone());
        let noted = self.noted.take();
        let beside = Beside { address, kept, author, base, noted, governs: true };
        let done = desks.with(self.name, |desk| desk.exchange(beside)).expect("exchanged");
        self.kept = done.kept.clone();
        meanwhile(&mut self.session);
        done
    }

    /// Until nothing more comes or goes.
    fn settle(&mut self, desks: &Desks) {
        for _ in 0..5 {
            let mut done = self.exchange(desks, |_| {});
            let Some(ready) = done.ready.take() else {
                let opened = self.session.open_votes(&Author::new(self.name), AT_MS, done.openings);
                if opened.expect("opened").1 == 0 {
                    return;
                }
                continue;
            };
            let adopted = self.session.adopt(ready).expect("taken");
            assert!(matches!(adopted, Adopted::Done(_)), "{adopted:?}");
            self.noted = done.noted;
        }
        panic!("{} never has everything", self.name);
    }
}

#[test]
fn what_others_do_comes_into_a_session_that_stays_open_and_its_own_work_can_be_taken_back() {
    let Some(desks) = Desks::shared("live", 3, open(3), &["ana", "ben"]) else { return };
    let (mut ana, mut ben) = (Seat::take(&desks, "ana"), Seat::take(&desks, "ben"));
    let (by_ana, by_ben) = (Author::new("ana"), Author::new("ben"));
    let mine = draw(&mut ana.session, &by_ana, 500.0);
    draw(&mut ben.session, &by_ben, 600.0);
    ana.settle(&desks);
    ben.settle(&desks);
    ana.settle(&desks);
    assert_eq!(ana.session.project().regions().len(), 5);
    assert!(ana.session.project() == ben.session.project());
    // What came in between is nothing that undo stumbles over.
    let undone = ana.session.undo(&by_ana, AT_MS).expect("undone").expect("something");
    assert_eq!(undone.regions, [mine]);
    ana.settle(&desks);
    ben.settle(&desks);
    assert_eq!(ben.session.project().regions().len(), 4);
    // What others went on from cannot be taken back, and what was done before it still can.
    let first = draw(&mut ana.session, &by_ana, 700.0);
    let second = draw(&mut ana.session, &by_ana, 800.0);
    ana.settle(&desks);
    ben.settle(&desks);
    let before = ben.session.project().region(second).expect("there").clone();
    let edit = project::Edit::Region(project::Change::delete(second, before));
    ben.session.edit(&by_ben, AT_MS, edit).expect("deleted");
    ben.settle(&desks);
    ana.settle(&desks);
    ana.session.undo(&by_ana, AT_MS).expect_err("it is gone");
    let undone = ana.session.undo(&by_ana, AT_MS).expect("undone").expect("something");
    assert_eq!(undone.regions, [first]);
    // The file says what the window shows, entry by entry.
    for seat in [ana, ben] {
        let shown = seat.session.project().clone();
        seat.session.close().expect("closed");
        assert!(desks.project(seat.name) == shown, "{}", seat.name);
    }
}

#[test]
fn what_is_done_while_an_exchange_is_under_way_is_not_overwritten_by_what_comes() {
    let Some(desks) = Desks::shared("overtaken", 1, open(3), &["ana"]) else { return };
    let mut ana = Seat::take(&desks, "ana");
    ana.settle(&desks);
    desks.work("lead", |session, lead| draw(session, lead, 500.0));
    desks.sync("lead").expect("sent");
    let by_ana = Author::new("ana");
    let mut done = ana.exchange(&desks, |session| {
        draw(session, &by_ana, 600.0);
    });
    let ready = done.ready.take().expect("something came");
    assert!(matches!(ana.session.adopt(ready).expect("asked"), Adopted::Overtaken));
    assert_eq!(ana.session.project().regions().len(), 2);
    ana.settle(&desks);
    assert_eq!(ana.session.project().regions().len(), 3);
    desks.sync("lead").expect("fetched");
    assert!(desks.project("lead") == *ana.session.project());
}

#[test]
fn a_sealed_vote_in_one_window_is_counted_in_the_other_and_opened_with_the_last() {
    let Some(desks) = Desks::shared("windows", 1, sealed(2), &["ana", "ben"]) else { return };
    let case = desks.cases()[0];
    let (mut ana, mut ben) = (Seat::take(&desks, "ana"), Seat::take(&desks, "ben"));
    let cast = |seat: &mut Seat, class: &str| {
        let one = vote(&mut seat.session, &Author::new(seat.name), case, class);
        seat.session.vote(AT_MS, one).expect("voted");
    };
    cast(&mut ana, "destroyed");
    ana.settle(&desks);
    ben.settle(&desks);
    let seen = ben.session.project();
    assert_eq!(seen.committee_members(case).len(), 1);
    assert!(seen.votes_on(case).all(project::review::Vote::is_sealed), "seen early");
    cast(&mut ben, "destroyed");
    ben.settle(&desks);
    ana.settle(&desks);
    ben.settle(&desks);
    for seat in [&ana, &ben] {
        assert!(
            !seat.session.project().votes_on(case).any(project::review::Vote::is_sealed),
            "{}",
            seat.name
        );
    }
    assert!(ana.session.project() == ben.session.project());
}
