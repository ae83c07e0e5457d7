//! Verdicts: on the case on the card, or on all that are chosen in the grid.

use editing::Selection;
use project::review::{ReviewState, Stage, Verdict, Vote};
use project::{ClassCode, Project, RegionId};

use crate::format::count;
use crate::frame::Program;
use crate::notice::Tone;
use crate::review::{List, is_own};

/// What goes with a verdict.
pub(super) enum Seen {
    Nothing,
    /// The class that the label has now.
    Label,
    Class(ClassCode),
}

/// Cases that a verdict was not cast on, and why.
#[derive(Default)]
struct LeftOut {
    own: usize,
    unlabelled: usize,
    refused: usize,
    why: String,
}

impl Program {
    /// The class that a case's label has now.
    fn label_class(&self, case: RegionId) -> Option<ClassCode> {
        self.state.content()?.label_of(case).map(|(_, label)| label.class.clone())
    }

    /// Casts the member's verdict on what it is meant for, and goes on to the next case.
    pub(super) fn judge(&mut self, verdict: Verdict, seen: &Seen, note: &str) {
        let cases = self.state.review.targets();
        let (votes, left_out) = self.votes_on(&cases, verdict, seen, note);
        self.tell_left_out(&left_out, cases.len());
        if !votes.is_empty() {
            self.cast(votes);
        }
    }

    /// A vote for each case that the member may judge so.
    fn votes_on(
        &mut self,
        cases: &[RegionId],
        verdict: Verdict,
        seen: &Seen,
        note: &str,
    ) -> (Vec<Vote>, LeftOut) {
        let (member, at_ms, stage) = (self.state.author(), self.state.now_ms, self.state.review.stage);
        let (mut votes, mut left_out) = (Vec::new(), LeftOut::default());
        // Seconds are of whoever looks at one case; of many nobody knows which took how long.
        let since = self.state.review.case.filter(|_| cases.len() == 1).map(|(_, since)| since);
        let seconds = since.map(|since| (since.elapsed().as_secs_f64() * 10.0).round() / 10.0);
        for case in cases.iter().copied() {
            let label = self.label_class(case);
            let shape = self.state.committee.outline_of(case).filter(|_| cases.len() == 1).cloned();
            let Some(open) = &mut self.state.project else { break };
            if stage == Stage::One && is_own(open.session.project(), case, &member) {
                left_out.own += 1;
                continue;
            }
            let (verdict, class) = match seen {
                Seen::Nothing => (verdict, None),
                Seen::Label if verdict == Verdict::Accept && label.is_none() => {
                    left_out.unlabelled += 1;
                    continue;
                }
                Seen::Label => (verdict, label),
                // Naming the label's own class accepts it.
                Seen::Class(class) if label.as_ref() == Some(class) => (Verdict::Accept, label),
                Seen::Class(class) => (Verdict::Edit, Some(class.clone())),
            };
            let vote = Vote {
                seal: None,
                shape,
                id: open.session.ids(at_ms).vote(),
                case,
                member: member.clone(),
                stage,
                verdict,
                class,
                confidence: None,
                note: note.trim().to_owned(),
                seconds,
                at_ms: Some(at_ms),
            };
            match may(open.session.project(), &vote) {
                Ok(()) => votes.push(vote),
                Err(why) => {
                    left_out.refused += 1;
                    left_out.why = why;
                }
            }
        }
        (votes, left_out)
    }

    fn tell_left_out(&mut self, left_out: &LeftOut, all: usize) {
        let one = all == 1;
        let mut tell = |text: String| self.state.notices.tell(Tone::Info, text, "");
        match left_out.own {
            0 => {}
            _ if one => {
                tell("This is your own label: somebody else reviews it at stage 1.".to_owned());
            }
            n => tell(format!(
                "{} left out: your own labels are reviewed by somebody else.",
                count(n, "card", "cards")
            )),
        }
        match left_out.unlabelled {
            0 => {}
            _ if one => {
                tell("Nobody has labelled this object: vote for a class by its digit.".to_owned());
            }
            n => tell(format!("{} left out: nobody has labelled them.", count(n, "card", "cards"))),
        }
        if left_out.refused > 0 {
            let text = match left_out.refused {
                1 if one => format!("{}.", left_out.why),
                n => format!("{} left out: {}.", count(n, "card", "cards"), left_out.why),
            };
            self.state.notices.problem(text, "");
        }
    }

    /// Casts votes as one, takes them into what is shown, and goes on.
    fn cast(&mut self, votes: Vec<Vote>) {
        let at_ms = self.state.now_ms;
        let cases: Vec<RegionId> = votes.iter().map(|vote| vote.case).collect();
        let Some(open) = &mut self.state.project else { return };
        let first = open.session.history().last_seq() + 1;
        let states: Vec<ReviewState> =
            cases.iter().map(|case| open.session.project().outcome(*case).state).collect();
        let here = cases.first().and_then(|case| self.state.review.place_of(*case)).unwrap_or(0);
        let next = self.state.review.next();
        match open.session.votes(at_ms, votes) {
            Ok(touched) => self.after(&touched),
            Err(error) => {
                self.state.notices.problem(error.to_string(), error.hint().unwrap_or_default());
                return;
            }
        }
        self.state.committee.outline = None;
        let Some(open) = &self.state.project else { return };
        let project: &Project = open.session.project();
        let desk = &mut self.state.review;
        let leaves = desk.list != List::Voted;
        for ((case, before), seq) in cases.iter().zip(states).zip(first..) {
            if let Some(survey) = &mut desk.survey {
                survey.voted(project, *case, before, seq);
            }
            // Only figures of the moment before the vote can take it in.
            if let Some(figures) = desk.figures.as_mut().filter(|f| f.seq + 1 == seq) {
                figures.voted(project, *case, at_ms, seq);
            }
            if leaves {
                desk.grid.forget(*case);
            }
        }
        desk.grid.chosen = Selection::default();
        if leaves {
            self.next_card(here, next, cases[0]);
        }
    }

    /// To the case that took the place of those that were judged, or the one after it.
    fn next_card(&mut self, here: usize, next: Option<RegionId>, judged: RegionId) {
        let desk = &mut self.state.review;
        // At the end of the list, what was passed over is next.
        let next = if desk.grid.open {
            desk.at(here.min(desk.count().saturating_sub(1)))
        } else {
            next.or_else(|| desk.at(0))
        };
        if let Some(next) = next {
            self.put_on_card(next, true);
        } else {
            desk.trail.push(judged);
            desk.case = None;
        }
    }

    /// A verdict by class: the label's own accepts it.
    pub(super) fn judge_class(&mut self, class: ClassCode) {
        self.judge(Verdict::Edit, &Seen::Class(class), "");
    }
}

/// Why a vote would be refused.
fn may(project: &Project, vote: &Vote) -> Result<(), String> {
    project.check_vote(vote).and_then(|()| project.may_cast(vote)).map_err(|error| error.to_string())
}
