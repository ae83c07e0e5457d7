//! What the words of a query can mean in one project.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use project::{AttributeValue, LayerId, Project, Schema};

/// Attribute names, and texts of one, that are remembered; a file could have any number.
const MOST_NAMES: usize = 2_000;
const MOST_TEXTS: usize = 60;

/// What the words of a query can mean in one project: gathered once, asked for every query.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    pub(crate) schema: Option<Arc<Schema>>,
    pub(crate) layers: Vec<(LayerId, String)>,
    pub(crate) people: BTreeSet<String>,
    pub(crate) sources: BTreeSet<String>,
    /// Attribute names with some of the texts that stand under each.
    pub(crate) attributes: BTreeMap<String, BTreeSet<String>>,
}

impl Vocabulary {
    /// Looks at every region and label: for a large project, work for a job.
    pub fn of(project: &Project) -> Self {
        let mut found = Self {
            schema: project.schema().cloned(),
            layers: project.layers_in_order().into_iter().map(|(id, l)| (id, l.name.clone())).collect(),
            ..Self::default()
        };
        for attribute in found.schema.clone().iter().flat_map(|schema| &schema.attributes) {
            found.attributes.insert(attribute.name.clone(), attribute.choices.iter().cloned().collect());
        }
        for label in project.labels().values() {
            if !found.people.contains(label.author.name()) {
                found.people.insert(label.author.name().to_owned());
            }
        }
        for region in project.regions().values() {
            if !found.sources.contains(&*region.source.0) {
                found.sources.insert(region.source.0.to_string());
            }
            for (name, value) in &region.attributes {
                found.learn(name, value);
            }
        }
        found
    }

    fn learn(&mut self, name: &str, value: &AttributeValue) {
        if !self.attributes.contains_key(name) {
            if self.attributes.len() >= MOST_NAMES {
                return;
            }
            self.attributes.insert(name.to_owned(), BTreeSet::new());
        }
        if let AttributeValue::Text(text) = value
            && let Some(texts) = self.attributes.get_mut(name)
            && texts.len() < MOST_TEXTS
            && text.len() <= 60
            && !texts.contains(text)
        {
            texts.insert(text.clone());
        }
    }

    /// The names of attributes that regions have, in order.
    pub fn attributes(&self) -> impl Iterator<Item = &str> {
        self.attributes.keys().map(String::as_str)
    }
}

impl Vocabulary {
    /// True for the name of an attribute that a region or a class has.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.attributes.contains_key(name)
    }
}
