//! From one version of the classes to another: what happens to each label is said before it is done, and all of
//! it is one edit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::{Change, Class, ClassCode, Edit, Label, Predicate, PredicateCode, Project, Schema};

/// What becomes of a class that the new schema does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub from: ClassCode,
    /// The class that its labels get; `None`: they keep it, and it is offered no more.
    pub to: Option<ClassCode>,
    /// Labels and predictions that name it.
    pub labels: usize,
    /// Votes that name it. Votes are never changed, so a class that a vote names stays in the schema, retired.
    pub votes: usize,
}

/// A change of classes, planned.
#[derive(Clone, Debug, PartialEq)]
pub struct Migration {
    to: Schema,
    /// Classes that the new schema does not have, in the order of the old one.
    pub moved: Vec<Moved>,
    /// Classes that are new.
    pub added: Vec<ClassCode>,
    /// Predicates that relations have.
    related: BTreeSet<PredicateCode>,
}

impl Migration {
    /// Plans the way to a schema. A class goes to the one that says it was called so formerly, else to the one
    /// whose code or name is the same but for case and `-` or `_`; else its labels keep it.
    pub fn plan(project: &Project, to: Schema) -> Self {
        let (mut labels, mut votes): (BTreeMap<&ClassCode, usize>, BTreeMap<&ClassCode, usize>) =
            Default::default();
        for label in project.labels().values() {
            *labels.entry(&label.class).or_default() += 1;
        }
        for class in project.votes().values().filter_map(|vote| vote.class.as_ref()) {
            *votes.entry(class).or_default() += 1;
        }
        let old: &[Class] = project.schema().map_or(&[], |schema| &schema.classes);
        let heir = |from: &Class| {
            let formerly = to.classes.iter().find(|class| class.formerly.contains(&from.code));
            let alike = || to.find(from.code.as_str()).or_else(|| to.find(&from.name));
            formerly.or_else(alike).map(|class| class.code.clone())
        };
        let lost = old.iter().filter(|class| to.class(&class.code).is_none());
        let moved = lost
            .map(|class| Moved {
                from: class.code.clone(),
                to: heir(class),
                labels: labels.get(&class.code).copied().unwrap_or(0),
                votes: votes.get(&class.code).copied().unwrap_or(0),
            })
            .collect();
        let is_new = |class: &&Class| !old.iter().any(|known| known.code == class.code);
        let added = to.classes.iter().filter(is_new).map(|class| class.code.clone()).collect();
        let related = project.relations().values().map(|relation| relation.predicate.clone()).collect();
        Self { to, moved, added, related }
    }

    /// The new schema as it was read.
    pub fn to(&self) -> &Schema {
        &self.to
    }

    /// Decides what becomes of a class; false when the new schema has no such class or the old one is not lost.
    pub fn map(&mut self, from: &ClassCode, to: Option<ClassCode>) -> bool {
        let known = to.as_ref().is_none_or(|code| self.to.class(code).is_some());
        match self.moved.iter_mut().find(|moved| moved.from == *from) {
            Some(moved) if known => {
                moved.to = to;
                true
            }
            _ => false,
        }
    }

    /// The one edit that does it; `None` when nothing would change.
    pub fn edit(&self, project: &Project) -> Option<Edit> {
        let before = project.schema()?;
        let after = self.schema(before);
        if after == **before {
            return None;
        }
        let title = format!("Change the classes of {} to version {}", after.name, after.version);
        let relabel = self.relabel(project);
        if relabel.is_empty() {
            let edit = Edit::Schema(Change::replace((), Arc::clone(before), after));
            return Some(Edit::batch(title, vec![edit]));
        }
        // While labels go over, there are the classes of both.
        let both = Arc::new(self.both(before, &after));
        let mut edits = vec![Edit::Schema(Change::replace((), Arc::clone(before), Arc::clone(&both)))];
        edits.extend(relabel);
        edits.push(Edit::Schema(Change::replace((), both, after)));
        Some(Edit::batch(title, edits))
    }

    fn relabel(&self, project: &Project) -> Vec<Edit> {
        let heirs: BTreeMap<&ClassCode, &ClassCode> =
            self.moved.iter().filter_map(|moved| Some((&moved.from, moved.to.as_ref()?))).collect();
        let labels = project.labels().iter();
        labels
            .filter_map(|(id, label)| {
                let class = (*heirs.get(&label.class)?).clone();
                let after = Label { class, ..(**label).clone() };
                Some(Edit::Label(Change::replace(*id, Arc::clone(label), after)))
            })
            .collect()
    }

    /// The new schema with the classes that labels or votes keep.
    fn schema(&self, before: &Schema) -> Schema {
        let mut after = self.to.clone();
        let stays = |moved: &&Moved| moved.votes > 0 || (moved.to.is_none() && moved.labels > 0);
        for moved in self.moved.iter().filter(stays) {
            if let Some(class) = before.class(&moved.from) {
                let class = retired(class, &after);
                after.classes.push(class);
            }
        }
        self.keep_predicates(before, &mut after);
        after
    }

    /// Relations keep their predicate, which is then offered no more.
    fn keep_predicates(&self, before: &Schema, after: &mut Schema) {
        for predicate in &before.relations {
            if after.predicate(&predicate.code).is_some() || !self.related.contains(&predicate.code) {
                continue;
            }
            let known = |codes: &[ClassCode]| -> Vec<ClassCode> {
                codes.iter().filter(|code| after.class(code).is_some()).cloned().collect()
            };
            let (from, to) = (known(&predicate.from), known(&predicate.to));
            after.relations.push(Predicate { from, to, retired: true, ..predicate.clone() });
        }
    }

    fn both(&self, before: &Schema, after: &Schema) -> Schema {
        let mut both = after.clone();
        for moved in &self.moved {
            if let Some(class) = before.class(&moved.from).filter(|class| both.class(&class.code).is_none()) {
                let class = retired(class, &both);
                both.classes.push(class);
            }
        }
        both
    }
}

/// A class that is kept for what has it: no keys, and nothing that another class has now.
fn retired(class: &Class, among: &Schema) -> Class {
    let taken = |value: &u8| among.classes.iter().any(|other| other.raster_value == Some(*value));
    let parent = class.parent.clone().filter(|parent| among.class(parent).is_some());
    Class {
        retired: true,
        digit: None,
        key: None,
        raster_value: class.raster_value.filter(|value| !taken(value)),
        parent,
        ..class.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::{Stage, Verdict};
    use crate::tests::fixture::{World, class};

    fn to(text: &str) -> Schema {
        let class = |code: &str| {
            let code = code.trim();
            format!("[[class]]\ncode = '{code}'\nname = '{code}'\ncolor = '#010203'\n")
        };
        let classes = text.split(',').map(class).collect::<Vec<_>>().concat();
        Schema::from_toml(&format!("id = 'b'\nversion = 9\nname = 'B'\n{classes}")).expect("sound")
    }

    #[test]
    fn labels_go_over_to_the_class_that_took_the_place_of_theirs() {
        let mut world = World::with_regions(3);
        world.label(0, "Ana", "destroyed");
        world.label(1, "Ana", "no damage");
        world.label(2, "Ana", "minor damage");
        let mut schema = to("gone, no_damage, other");
        schema.classes[0].formerly = vec![class("destroyed")];
        let mut plan = Migration::plan(&world.project, schema);
        let said: Vec<_> = plan
            .moved
            .iter()
            .map(|m| (m.from.as_str(), m.to.as_ref().map(ClassCode::as_str), m.labels))
            .collect();
        assert_eq!(said[..2], [("no damage", Some("no_damage"), 1), ("minor damage", None, 1)]);
        assert!(said.contains(&("destroyed", Some("gone"), 1)));
        assert!(plan.map(&class("minor damage"), Some(class("other"))));
        assert!(!plan.map(&class("minor damage"), Some(class("unheard of"))));
        let before = world.project.clone();
        let edit = plan.edit(&world.project).expect("something changes");
        world.apply(&edit);
        let of = |world: &World, at: usize| {
            world.project.label_of(world.regions[at]).map(|(_, l)| l.class.to_string()).unwrap_or_default()
        };
        assert_eq!([of(&world, 0), of(&world, 1), of(&world, 2)], ["gone", "no_damage", "other"]);
        assert_eq!(world.project.schema().map(|s| s.classes.len()), Some(3));
        world.apply(&edit.inverse());
        assert_eq!(world.project, before, "one undo brings all of it back");
    }

    #[test]
    fn labels_without_an_heir_and_classes_that_votes_name_stay_and_are_offered_no_more() {
        let mut world = World::with_regions(2);
        world.label(0, "Ana", "destroyed");
        world.label(1, "Ana", "no damage");
        world.vote(1, "Ben", Stage::One, Verdict::Edit, "major damage");
        let plan = Migration::plan(&world.project, to("fine, no damage"));
        let edit = plan.edit(&world.project).expect("something changes");
        world.apply(&edit);
        let schema = world.project.schema().expect("a schema");
        let kept: Vec<_> = schema.classes.iter().filter(|c| c.retired).map(|c| c.code.as_str()).collect();
        assert_eq!(kept, ["major damage", "destroyed"]);
        assert_eq!(schema.offered().count(), 2);
        assert!(schema.keys().iter().all(|(_, class)| !class.retired));
    }

    #[test]
    fn the_same_classes_are_no_change() {
        let world = World::with_regions(1);
        let same = Schema::joint_damage_scale();
        let plan = Migration::plan(&world.project, same);
        assert!(plan.moved.is_empty() && plan.added.is_empty());
        assert_eq!(plan.edit(&world.project), None);
    }
}
