//! What a `kind` means to the local provider: a class, a tag, or a condition over regions.

use std::collections::BTreeSet;

use project::{ClassCode, RegionId};
use query::{Asker, Condition, Facts, Vocabulary};

use super::{LocalMap, Thing};
use crate::AskError;

/// Which things are wanted.
pub(super) enum Wanted {
    All,
    /// Regions whose class, as review has it, is this one or one below it.
    Classes(BTreeSet<ClassCode>),
    /// Things that have an attribute, of this value if there is one.
    Tag(String, Option<String>),
    Regions(BTreeSet<RegionId>),
}

impl Wanted {
    pub(super) fn takes(&self, thing: &Thing) -> bool {
        match self {
            Self::All => true,
            Self::Classes(codes) => {
                thing.region.is_some()
                    && thing.kinds.iter().any(|kind| codes.iter().any(|c| c.as_str() == kind))
            }
            Self::Tag(name, value) => {
                let of_thing = thing.details.get(name);
                match (of_thing, value) {
                    (None, _) => false,
                    (Some(_), None) => true,
                    (Some(serde_json::Value::String(text)), Some(value)) => text == value,
                    (Some(other), Some(value)) => {
                        value.parse().is_ok_and(|value: serde_json::Value| *other == value)
                    }
                }
            }
            Self::Regions(ids) => thing.region.is_some_and(|id| ids.contains(&id)),
        }
    }
}

impl LocalMap {
    /// Reads a kind: the name or code of a class; `key=value` or a key that some thing has; else a condition over
    /// regions, such as `class = destroyed and area_m2 > 200`.
    pub(super) fn wanted(&self, kind: Option<&str>) -> Result<Wanted, AskError> {
        let Some(kind) = kind.map(str::trim) else { return Ok(Wanted::All) };
        if let Some(schema) = self.project.schema()
            && let Some(class) = schema.find(kind)
        {
            let mut codes = BTreeSet::from([class.code.clone()]);
            // Classes below it, however deep: at most once around for each class.
            for _ in 0..schema.classes.len() {
                let below =
                    schema.classes.iter().filter(|c| c.parent.as_ref().is_some_and(|p| codes.contains(p)));
                let more: Vec<ClassCode> =
                    below.map(|c| c.code.clone()).filter(|c| !codes.contains(c)).collect();
                if more.is_empty() {
                    break;
                }
                codes.extend(more);
            }
            return Ok(Wanted::Classes(codes));
        }
        let (name, value) = kind.split_once('=').map_or((kind, None), |(name, value)| (name, Some(value)));
        let (name, value) = (name.trim(), value.map(str::trim));
        let has = |thing: &Thing| thing.details.contains_key(name);
        let simple = !name.contains([' ', '<', '>', '(', '!']) && value.is_none_or(|v| !v.contains(" and "));
        if simple && name != "class" && self.things.iter().any(has) {
            return Ok(Wanted::Tag(name.to_owned(), value.map(str::to_owned)));
        }
        let refused =
            |what: String| AskError::Local(format!("`{kind}` is no class, no tag and no condition: {what}"));
        let query = query::Query::parse(kind).map_err(|e| refused(e.to_string()))?;
        let vocabulary = Vocabulary::of(&self.project);
        let condition = Condition::new(&query, &vocabulary, &Asker::default());
        let condition = condition.map_err(|e| refused(e.to_string()))?;
        let facts = Facts::of(&self.project, condition.needs());
        Ok(Wanted::Regions(condition.regions(&facts).into_iter().collect()))
    }
}
