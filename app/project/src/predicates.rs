//! Changing what relations can say: predicates come, change and go, with the relations that have them, as one edit.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Change, Edit, Predicate, PredicateCode, Project, Relation, RelationId, Schema};

/// What becomes of the relations of a predicate that is taken out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Leftover {
    /// They keep it, and it is offered no more.
    #[default]
    Keep,
    /// They say this instead; one that would say what another says already goes.
    Become(PredicateCode),
    /// They go with it.
    Remove,
}

impl Project {
    /// How many relations have each predicate.
    pub fn predicate_counts(&self) -> BTreeMap<&PredicateCode, usize> {
        let mut counts = BTreeMap::new();
        for relation in self.relations().values() {
            *counts.entry(&relation.predicate).or_default() += 1;
        }
        counts
    }

    /// The edit that gives the schema other predicates, which `leftovers` says of those that are taken out (nothing said:
    /// their relations keep them). `None` when nothing would change or the project has no schema.
    pub fn predicates_edit(
        &self,
        predicates: Vec<Predicate>,
        leftovers: &BTreeMap<PredicateCode, Leftover>,
    ) -> Option<Edit> {
        let before = self.schema()?;
        let counts = self.predicate_counts();
        let mut after = Schema { relations: predicates, ..(**before).clone() };
        let gone = |predicate: &&Predicate| after.predicate(&predicate.code).is_none();
        let gone: Vec<&Predicate> = before.relations.iter().filter(gone).collect();
        let mut edits = Vec::new();
        let mut kept = Vec::new();
        let mut leaving: BTreeMap<&PredicateCode, Option<&PredicateCode>> = BTreeMap::new();
        for predicate in gone.iter().filter(|predicate| counts.contains_key(&predicate.code)) {
            match leftovers.get(&predicate.code) {
                Some(Leftover::Become(other)) if after.predicate(other).is_some() => {
                    leaving.insert(&predicate.code, Some(other));
                }
                Some(Leftover::Remove) => {
                    leaving.insert(&predicate.code, None);
                }
                // Nothing takes its place.
                Some(Leftover::Keep | Leftover::Become(_)) | None => {
                    kept.push(Predicate { retired: true, ..(*predicate).clone() });
                }
            }
        }
        after.relations.extend(kept);
        let relations = self.renamed_relations(&leaving);
        if after.relations == before.relations {
            return None;
        }
        after.version += 1;
        if relations.is_empty() {
            edits.push(Edit::Schema(Change::replace((), Arc::clone(before), after)));
        } else {
            // While relations go over, there are the predicates of both.
            let both =
                after.relations.iter().chain(gone.into_iter().filter(|p| leaving.contains_key(&p.code)));
            let both = Arc::new(Schema { relations: both.cloned().collect(), ..after.clone() });
            edits.push(Edit::Schema(Change::replace((), Arc::clone(before), Arc::clone(&both))));
            edits.extend(relations);
            edits.push(Edit::Schema(Change::replace((), both, after)));
        }
        Some(Edit::batch("Change the relations of the schema", edits))
    }

    /// The relations of predicates that leave, each with what it says from then on.
    fn renamed_relations(&self, leaving: &BTreeMap<&PredicateCode, Option<&PredicateCode>>) -> Vec<Edit> {
        let mut said: Vec<(RelationId, Relation)> = Vec::new();
        let mut edits = Vec::new();
        for (id, relation) in self.relations() {
            let Some(to) = leaving.get(&relation.predicate) else { continue };
            let Some(predicate) = to else {
                edits.push(Edit::Relation(Change::delete(*id, Arc::clone(relation))));
                continue;
            };
            let after = Relation { predicate: (*predicate).clone(), ..(**relation).clone() };
            let is_there = self.relations_of(relation.from).any(|(_, other)| other.says_the_same(&after))
                || said.iter().any(|(_, other)| other.says_the_same(&after));
            if is_there {
                edits.push(Edit::Relation(Change::delete(*id, Arc::clone(relation))));
            } else {
                edits.push(Edit::Relation(Change::replace(*id, Arc::clone(relation), after.clone())));
                said.push((*id, after));
            }
        }
        edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::World;
    use crate::violations;

    fn code(text: &str) -> PredicateCode {
        PredicateCode::new(text)
    }

    /// Three regions of which the first leans on the others, and is near the second.
    fn world() -> World {
        let mut world = World::with_regions(3);
        let known = ["leans on", "near", "over"].map(Predicate::new).to_vec();
        let edit = world.project.predicates_edit(known, &BTreeMap::new()).expect("they are new");
        world.apply(&edit);
        for (to, predicate) in [(1, "leans on"), (2, "leans on"), (1, "near")] {
            let relation = Relation {
                from: world.regions[0],
                to: world.regions[to],
                predicate: code(predicate),
                author: crate::Author::new("Ana"),
                at_ms: None,
            };
            let id = world.ids.relation();
            world.apply(&Edit::Relation(Change::create(id, relation)));
        }
        world
    }

    fn said(project: &Project) -> Vec<String> {
        project.relations().values().map(|relation| relation.predicate.to_string()).collect()
    }

    #[test]
    fn a_predicate_that_is_taken_out_stays_with_its_relations_unless_these_go_or_become_others() {
        let world = world();
        let rest = || vec![Predicate::new("near"), Predicate::new("over")];
        let with = |leftover: Leftover| {
            let leftovers = BTreeMap::from([(code("leans on"), leftover)]);
            let edit = world.project.predicates_edit(rest(), &leftovers).expect("it changes something");
            let mut after = world.project.clone();
            after.apply(&edit).expect("applies");
            assert_eq!(violations(&after), Vec::<String>::new());
            let version = after.schema().map(|schema| schema.version);
            assert_eq!(version, world.project.schema().map(|schema| schema.version + 1));
            let mut back = after.clone();
            back.apply(&edit.inverse()).expect("taken back");
            assert_eq!(back, world.project);
            after
        };
        let kept = with(Leftover::Keep);
        assert_eq!(said(&kept), ["leans on", "leans on", "near"]);
        let schema = kept.schema().expect("a schema");
        assert!(schema.predicate(&code("leans on")).is_some_and(|predicate| predicate.retired));
        assert_eq!(schema.predicates_for(None, None).count(), 2, "it is offered no more");
        assert_eq!(said(&with(Leftover::Remove)), ["near"]);
        assert_eq!(
            said(&with(Leftover::Become(code("near")))),
            ["near", "near"],
            "the same is not said twice"
        );
        assert_eq!(said(&with(Leftover::Become(code("over")))), ["over", "over", "near"]);
        let unheard_of = with(Leftover::Become(code("unheard of")));
        assert_eq!(
            said(&unheard_of),
            ["leans on", "leans on", "near"],
            "it stays where nothing takes its place"
        );
    }

    #[test]
    fn one_that_nothing_has_goes_without_a_trace_and_names_and_colours_change() {
        let world = world();
        let [leans, near, over] = &world.project.schema().expect("a schema").relations[..] else {
            panic!("three")
        };
        let edit = world.project.predicates_edit(vec![leans.clone(), near.clone()], &BTreeMap::new());
        let mut after = world.project.clone();
        after.apply(&edit.expect("it changes something")).expect("applies");
        assert_eq!(after.schema().map(|schema| schema.relations.len()), Some(2));
        let all = vec![leans.clone(), near.clone(), over.clone()];
        assert_eq!(world.project.predicates_edit(all, &BTreeMap::new()), None, "nothing changes");
        let named = Predicate { name: "Leans on".into(), color: Some("#ff8800".into()), ..leans.clone() };
        let edit = world.project.predicates_edit(vec![named, near.clone(), over.clone()], &BTreeMap::new());
        let mut after = world.project.clone();
        after.apply(&edit.expect("it changes something")).expect("applies");
        let named = after.schema().expect("a schema").relations[0].clone();
        assert_eq!((named.text(), named.rgb()), ("Leans on", Some([255, 136, 0])));
        let odd = Predicate { color: Some("orange".into()), ..leans.clone() };
        let edit = world.project.predicates_edit(vec![odd, near.clone(), over.clone()], &BTreeMap::new());
        let refused = world.project.clone().apply(&edit.expect("it changes something")).map(drop);
        assert!(refused.is_err(), "a colour is written as #rrggbb");
        let before = serde_json::to_string(near).expect("written");
        assert!(!before.contains("color"), "what has no colour is written as before: {before}");
    }
}
