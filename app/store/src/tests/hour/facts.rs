//! What is said once and never undone: votes, visits and what services answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use project::review::{Outline, Stage, Verdict, Vote};
use project::screening::{CellState, Look, Seen, Visit};
use project::{Author, Body, ClassCode, EntryBody, Member, MemberKey, Response, Role};

use super::{CLASSES, Desk, Operation, PEOPLE, nth};

/// Responses are asked for while there are fewer: each is unpacked whenever it is looked for faults.
const ENOUGH_ANSWERS: usize = 60;

impl Desk {
    pub(super) fn fact_of(&mut self, operation: &Operation) -> Option<EntryBody> {
        if !self.facts {
            return None;
        }
        match *operation {
            Operation::Vote { which, member, verdict, committee } => {
                self.vote(which, member, verdict, committee)
            }
            Operation::Visit { which, member, cell, state } => self.visit(which, member, cell, state),
            Operation::Remark { which, deed } => self.remark(which, deed),
            Operation::Respond { which, status } => self.response(which, status),
            Operation::Member { which, deed } => Some(member(which, deed)),
            Operation::Answer { which, option, committee } => self.answer(which, option, committee),
            _ => None,
        }
    }

    fn vote(&mut self, which: usize, member: usize, verdict: u8, committee: bool) -> Option<EntryBody> {
        let (case, _) = self.region(which)?;
        let now = self.now_ms;
        Some(EntryBody::Vote(Vote {
            seal: None,
            shape: which.is_multiple_of(3).then(|| {
                let geometry = super::super::fixture::square(which as f64, 0.1, 7.0).into();
                Arc::new(Outline { geometry })
            }),
            id: self.session().ids(now).vote(),
            case,
            member: Author::new(PEOPLE[member % 3]),
            stage: if committee { Stage::Two } else { Stage::One },
            verdict: Verdict::ALL[usize::from(verdict)],
            class: Some(ClassCode::new(CLASSES[which % 4])),
            confidence: Some(0.5),
            note: String::new(),
            seconds: Some(1.5),
            at_ms: Some(now),
        }))
    }

    /// A cell, and sometimes the one beside it in passing; some are no cells of the plan and are refused.
    fn visit(&self, which: usize, member: usize, cell: u32, state: u8) -> Option<EntryBody> {
        let screening = nth(self.project().screenings().keys(), which)?;
        let state = CellState::ALL.get(usize::from(state)).copied();
        let seen = Seen::default().with(which % 16, member);
        let mut looks = vec![Look { cell, state, seconds: state.map(|_| 2.5), seen }];
        if which.is_multiple_of(3) {
            looks.push(Look { cell: cell + 1, state: None, seconds: None, seen: Seen::ALL });
        }
        let member = Author::new(PEOPLE[member]);
        Some(EntryBody::Visit(Visit { screening, member, looks, at_ms: Some(self.now_ms) }))
    }

    fn response(&mut self, which: usize, status: u8) -> Option<EntryBody> {
        if self.project().responses().len() >= ENOUGH_ANSWERS {
            return None;
        }
        let now = self.now_ms;
        let body = format!("[{{\"name\":\"Joplin {which}\"}}]");
        Some(EntryBody::Response(Arc::new(Response {
            id: self.session().ids(now).response(),
            provider: "nominatim".into(),
            tool: "text-search".into(),
            // Some are asked again.
            request: format!("{{\"text\":\"{}\"}}", which % 20),
            status: [200, 429, 503][usize::from(status)],
            headers: BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]),
            body: Body::pack(body.as_bytes()).expect("short"),
            latency_ms: 31,
            fetched_at_ms: now,
            terms: "ODbL".into(),
        })))
    }

    fn answer(&mut self, which: usize, option: u32, committee: bool) -> Option<EntryBody> {
        let question = nth(self.project().questions().keys(), which)?;
        let now = self.now_ms;
        let id = self.session().ids(now).vote();
        let stage = if committee { Stage::Two } else { Stage::One };
        let said = (PEOPLE[which % 3], stage, option);
        Some(EntryBody::QuestionVote(super::super::questions::vote(self.project(), id, question, said)))
    }
}

/// Somebody joins, gets another part, or leaves.
fn member(which: usize, deed: u8) -> EntryBody {
    let name = Author::new(PEOPLE[which % 3]);
    let role = Role::ALL[usize::from(deed) % Role::ALL.len()];
    let key = MemberKey([which as u8 % 5; 32]);
    EntryBody::Member(Arc::new(Member { key, name, color: [deed; 3], role, removed: deed == 9 }))
}
