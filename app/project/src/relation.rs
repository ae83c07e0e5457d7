//! One region in relation to another: a bridge over a river, an aeroplane parked on an apron.

use std::fmt;
use std::sync::Arc;

use geo::{Centroid as _, Coord, Geometry, InteriorPoint as _, Intersects as _};
use serde::{Deserialize, Serialize};

use crate::schema::parse_color;
use crate::{Author, Change, ClassCode, EditError, Project, RegionId, RelationId, Schema, Touched};

/// The code of a predicate in the project's schema, such as `over`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PredicateCode(String);

impl PredicateCode {
    pub fn new(code: &str) -> Self {
        Self(code.to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PredicateCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One way in which regions can stand to each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// What stands in files; unique among the predicates of the schema.
    pub code: PredicateCode,
    /// What a person reads; the code where it is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Classes of the region that it begins at, with those below them; none: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<ClassCode>,
    /// Classes of the region that it ends at, with those below them; none: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<ClassCode>,
    /// Relations that have it keep it, and nobody is offered it any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
    /// `#rrggbb`: what its arrows are drawn in; none: as quiet as all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
}

impl Predicate {
    /// One that fits all classes.
    pub fn new(code: &str) -> Self {
        let code = PredicateCode::new(code);
        Self { code, name: String::new(), from: Vec::new(), to: Vec::new(), retired: false, color: None }
    }

    /// The colour as red, green, blue.
    pub fn rgb(&self) -> Option<[u8; 3]> {
        parse_color(self.color.as_deref()?)
    }

    /// What a person reads.
    pub fn text(&self) -> &str {
        if self.name.is_empty() { self.code.as_str() } else { &self.name }
    }

    /// True when it can be said of regions of these classes; of one without a class everything can.
    pub fn fits(&self, schema: &Schema, from: Option<&ClassCode>, to: Option<&ClassCode>) -> bool {
        let fits = |wanted: &[ClassCode], class: Option<&ClassCode>| {
            let Some(class) = class else { return true };
            wanted.is_empty() || wanted.iter().any(|code| schema.is_within(class, code))
        };
        fits(&self.from, from) && fits(&self.to, to)
    }

    /// What is wrong with it in its schema.
    pub(crate) fn fault(&self, schema: &Schema) -> Option<String> {
        if self.code.as_str().trim().is_empty() {
            return Some("has no code".into());
        }
        if let Some(color) = self.color.as_deref().filter(|color| parse_color(color).is_none()) {
            return Some(format!("has the colour `{color}`; write it as #rrggbb"));
        }
        let unknown = self.from.iter().chain(&self.to).find(|code| schema.class(code).is_none());
        unknown.map(|code| format!("names the class `{code}`, which is not in the schema"))
    }
}

/// What somebody says of two regions, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    pub from: RegionId,
    pub to: RegionId,
    pub predicate: PredicateCode,
    pub author: Author,
    /// Unix milliseconds, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<i64>,
}

impl Relation {
    /// True when both say the same of the same regions, whoever does.
    pub fn says_the_same(&self, other: &Self) -> bool {
        (self.from, self.to, &self.predicate) == (other.from, other.to, &other.predicate)
    }

    /// The other region.
    pub fn beyond(&self, region: RegionId) -> RegionId {
        if self.from == region { self.to } else { self.from }
    }

    /// What cannot be, whatever the project.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        if self.from == self.to {
            return Some("A region has no relation to itself");
        }
        if self.author.name().is_empty() {
            return Some("A relation needs an author");
        }
        if self.author.is_model() {
            return Some("A relation is said by a person");
        }
        None
    }
}

/// A place in a shape from which a line to another shape is drawn: its middle where that is inside, else one that is.
pub fn anchor(geometry: &Geometry<f64>) -> Option<Coord<f64>> {
    let middle = geometry.centroid().filter(|middle| geometry.intersects(middle));
    middle.or_else(|| geometry.interior_point()).map(Coord::from)
}

impl Project {
    /// Where the arrow of a relation begins and ends, in the project's CRS.
    pub fn ends_of(&self, relation: &Relation) -> Option<[Coord<f64>; 2]> {
        let end = |id: RegionId| anchor(&self.region(id)?.geometry);
        Some([end(relation.from)?, end(relation.to)?])
    }

    /// True when the schema says that regions of these classes do not stand so to each other. Classes change after
    /// relations were drawn, so this is worth a look and no fault of the project.
    pub fn is_misfit(&self, relation: &Relation) -> bool {
        let class = |id| self.outcome(id).class;
        let Some(schema) = self.schema() else { return false };
        let predicate = schema.predicate(&relation.predicate);
        predicate.is_some_and(|p| {
            let bound = !p.from.is_empty() || !p.to.is_empty();
            bound && !p.fits(schema, class(relation.from).as_ref(), class(relation.to).as_ref())
        })
    }

    pub(crate) fn apply_relation(
        &mut self,
        change: &Change<RelationId, Arc<Relation>>,
        touched: &mut Touched,
    ) -> Result<(), EditError> {
        let id = change.id;
        self.relations.matches(id, change)?;
        if let Some(relation) = &change.after {
            self.check_relation(id, relation)?;
        }
        let gone = self.relations.take(id);
        if let Some(relation) = &change.after {
            self.relations.put(id, Arc::clone(relation));
        }
        for relation in gone.iter().chain(&change.after) {
            touched.regions.extend([relation.from, relation.to]);
        }
        touched.relations.push(id);
        Ok(())
    }

    fn check_relation(&self, id: RelationId, relation: &Relation) -> Result<(), EditError> {
        if let Some(fault) = relation.fault() {
            return Err(EditError::Invalid(fault.into()));
        }
        for end in [relation.from, relation.to] {
            if self.region(end).is_none() {
                return Err(EditError::Missing { what: format!("Region {end}") });
            }
        }
        let predicate = &relation.predicate;
        if self.schema().is_none_or(|schema| schema.predicate(predicate).is_none()) {
            return Err(EditError::Invalid(format!(
                "`{predicate}` is not a relation of the project's schema"
            )));
        }
        match self
            .relations_of(relation.from)
            .find(|(other, held)| *other != id && held.says_the_same(relation))
        {
            Some(_) => Err(EditError::Exists {
                what: format!("The relation “{predicate}” between these regions"),
            }),
            None => Ok(()),
        }
    }
}

pub(crate) use table::Relations;

mod table {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use imbl::{HashMap, OrdMap};

    use super::Relation;
    use crate::project::matches_current;
    use crate::{Change, EditError, RegionId, RelationId};

    /// Every relation, and those of each region.
    #[derive(Clone, Debug, Default)]
    pub(crate) struct Relations {
        all: OrdMap<RelationId, Arc<Relation>>,
        of: HashMap<RegionId, BTreeSet<RelationId>>,
    }

    impl PartialEq for Relations {
        fn eq(&self, other: &Self) -> bool {
            self.all == other.all
        }
    }

    impl Relations {
        pub(crate) fn all(&self) -> &OrdMap<RelationId, Arc<Relation>> {
            &self.all
        }

        pub(crate) fn of(&self, region: RegionId) -> impl Iterator<Item = (RelationId, &Arc<Relation>)> {
            let ids = self.of.get(&region).into_iter().flatten();
            ids.filter_map(|id| self.all.get(id).map(|relation| (*id, relation)))
        }

        pub(crate) fn count(&self, region: RegionId) -> usize {
            self.of.get(&region).map_or(0, BTreeSet::len)
        }

        pub(crate) fn matches(
            &self,
            id: RelationId,
            change: &Change<RelationId, Arc<Relation>>,
        ) -> Result<(), EditError> {
            matches_current("The relation", self.all.get(&id).map(Arc::as_ref), change)
        }

        pub(crate) fn take(&mut self, id: RelationId) -> Option<Arc<Relation>> {
            let relation = self.all.remove(&id)?;
            for end in [relation.from, relation.to] {
                if let Some(ids) = self.of.get_mut(&end) {
                    ids.remove(&id);
                    if ids.is_empty() {
                        self.of.remove(&end);
                    }
                }
            }
            Some(relation)
        }

        pub(crate) fn put(&mut self, id: RelationId, relation: Arc<Relation>) {
            for end in [relation.from, relation.to] {
                self.of.entry(end).or_default().insert(id);
            }
            self.all.insert(id, relation);
        }

        /// What is wrong with the list of each region's relations.
        pub(crate) fn faults(&self) -> impl Iterator<Item = String> + '_ {
            let listed: usize = self.of.values().map(BTreeSet::len).sum();
            let wrong = (listed != 2 * self.all.len())
                .then(|| format!("{listed} ends of relations are listed of {}", 2 * self.all.len()));
            let lost = self.all.iter().filter(|(id, relation)| {
                [relation.from, relation.to]
                    .iter()
                    .any(|end| !self.of.get(end).is_some_and(|ids| ids.contains(*id)))
            });
            wrong
                .into_iter()
                .chain(lost.map(|(id, _)| format!("Relation {id} is not listed under its regions")))
        }
    }
}
