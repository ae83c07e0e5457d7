//! Work that is handed out, and what members say to each other.

use std::sync::Arc;

use project::assignment::{Assignment, Deal, Plan, deal};
use project::remark::{Pin, Remark, RemarkKind};
use project::review::Stage;
use project::{Author, Change, Edit, EntryBody, RegionId};

use super::{Desk, PEOPLE, nth};

/// Work is handed out while there are fewer lists: nobody votes on what is locked for others.
const ENOUGH_WORK: usize = 3;

impl Desk {
    /// Some of what there is is dealt out, a list is released, or taken back.
    pub(super) fn hand_out(&mut self, which: usize, deed: u8) -> Option<Edit> {
        let held = nth(self.project().assignments().keys(), which);
        let now = self.now_ms;
        match (deed % 3, held) {
            (1, Some(id)) => {
                let before = Arc::clone(&self.project().assignments()[&id]);
                let after = Assignment { release_ms: Some(now), ..(*before).clone() };
                Some(Edit::Assignment(Change::replace(id, before, after)))
            }
            (2, Some(id)) => {
                let before = Arc::clone(&self.project().assignments()[&id]);
                Some(Edit::Assignment(Change::delete(id, before)))
            }
            _ if self.project().assignments().len() >= ENOUGH_WORK => None,
            _ => {
                let cases: Vec<RegionId> = self.project().regions().keys().step_by(7).copied().collect();
                let may = |name: &&str| self.project().may_sit(&Author::new(name), Stage::Two);
                let members: Vec<Author> =
                    PEOPLE[..3].iter().filter(|name| may(name)).map(|name| Author::new(name)).collect();
                let plan = Plan {
                    name: format!("Work {which}"),
                    stage: Stage::Two,
                    chosen: "some".into(),
                    times: which % 3 + 1,
                    members,
                    deal: if which.is_multiple_of(2) { Deal::Areas { side: 100.0 } } else { Deal::Cases },
                    release_ms: Some(now + 60_000),
                    seed: which as u64,
                };
                let assignment = deal(self.project(), &cases, &plan).ok()?;
                Some(Edit::Assignment(Change::create(self.session().ids(now).assignment(), assignment)))
            }
        }
    }

    /// Something that is said; refused where there is nothing to reply to.
    pub(super) fn remark(&mut self, which: usize, deed: u8) -> Option<EntryBody> {
        let now = self.now_ms;
        let id = self.session().ids(now).remark();
        let thread = nth(self.project().remarks().keys(), which).unwrap_or(id);
        let on = self.region(which).map(|(region, _)| Pin::Region(region));
        let kind = match deed % 5 {
            0 => RemarkKind::Open { on: on?, text: "Is this one roof, @Ben?".into() },
            1 => RemarkKind::Open { on: Pin::Place([0.1, -0.2]), text: "Ünïcode \u{202e}".into() },
            2 => RemarkKind::Reply { thread, text: "It is".into() },
            3 => RemarkKind::Resolve { thread, resolved: which.is_multiple_of(2) },
            _ => RemarkKind::Read { votes: Vec::new(), remarks: vec![thread] },
        };
        let member = Author::new(PEOPLE[which % 3]);
        let blind = which.is_multiple_of(4);
        Some(EntryBody::Remark(Arc::new(Remark { id, member, at_ms: Some(now), kind, blind })))
    }
}
