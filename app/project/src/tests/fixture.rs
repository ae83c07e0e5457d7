//! A small project to try things on.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::review::{Rule, Stage, Verdict, Vote};
use crate::{
    Author, Change, ClassCode, Edit, GeometrySource, IdSource, Label, LabelId, Project, Region, RegionId,
    Schema, Settings,
};

pub(crate) struct World {
    pub(crate) project: Project,
    pub(crate) ids: IdSource,
    pub(crate) regions: Vec<RegionId>,
}

pub(crate) fn class(code: &str) -> ClassCode {
    ClassCode::new(code)
}

pub(crate) fn square(x: f64, y: f64, side: f64) -> Region {
    let corners = [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)];
    Region {
        geometry: geo::Polygon::new(corners.to_vec().into(), Vec::new()).into(),
        layer: None,
        source: GeometrySource::custom(),
        source_id: None,
        attributes: BTreeMap::new(),
    }
}

pub(crate) fn label(region: RegionId, author: &str, code: &str) -> Label {
    Label {
        region,
        class: class(code),
        author: Author::new(author),
        confidence: None,
        note: String::new(),
        seconds: None,
        at_ms: None,
        replies_to: Vec::new(),
        layer: None,
        schema_version: None,
    }
}

impl World {
    /// Unlabelled squares under the Joint Damage Scale.
    pub(crate) fn with_regions(count: usize) -> Self {
        let mut world = Self { project: Project::new(), ids: IdSource::new(1_000, 3), regions: Vec::new() };
        world.apply(&Edit::Schema(Change::create((), Arc::new(Schema::joint_damage_scale()))));
        for i in 0..count {
            let id = world.ids.region();
            let region = square(20.0 * i as f64, 0.0, 10.0);
            world.apply(&Edit::Region(Change::create(id, Arc::new(region))));
            world.regions.push(id);
        }
        world
    }

    pub(crate) fn apply(&mut self, edit: &Edit) {
        self.project.apply(edit).expect("a sound edit");
        assert_eq!(crate::violations(&self.project), Vec::<String>::new());
    }

    pub(crate) fn rule(&mut self, rule: Rule) {
        let before = self.project.settings().clone();
        let after = Settings { rule, ..before.clone() };
        self.apply(&Edit::Settings(Change::replace((), before, after)));
    }

    /// Creates or changes the author's label on region number `at`.
    pub(crate) fn label(&mut self, at: usize, author: &str, code: &str) -> LabelId {
        let after = label(self.regions[at], author, code);
        let held = self.project.label_by(after.region, &after.author).map(|(id, l)| (id, l.clone()));
        let change = match held {
            Some((id, before)) => Change::replace(id, before, after),
            None => Change::create(self.ids.label(), after),
        };
        let id = change.id;
        self.apply(&Edit::Label(change));
        id
    }

    pub(crate) fn vote(&mut self, at: usize, member: &str, stage: Stage, verdict: Verdict, code: &str) {
        let vote = Vote {
            seal: None,
            shape: None,
            id: self.ids.vote(),
            case: self.regions[at],
            member: Author::new(member),
            stage,
            verdict,
            class: (!code.is_empty()).then(|| class(code)),
            confidence: None,
            note: String::new(),
            seconds: None,
            at_ms: None,
        };
        self.project.record_vote(vote).expect("a sound vote");
    }
}
