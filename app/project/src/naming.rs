//! What people call a region.

use crate::{AttributeValue, Project, Region, RegionId};

/// Attributes that say how something is called, in GeoJSON, OpenStreetMap and cadastres; the first that is there counts.
const NAMES: [&str; 6] = ["name", "title", "label", "address", "addr:full", "ref"];

impl Region {
    /// How it is called: the text of its attribute `name`, `title`, `label`, `address`, `addr:full` or `ref`, whatever
    /// their case; `None` where it has none of them.
    pub fn name(&self) -> Option<&str> {
        let text = |wanted: &str| {
            self.attributes.iter().find_map(|(key, value)| match value {
                AttributeValue::Text(text) if key.eq_ignore_ascii_case(wanted) => {
                    Some(text.trim()).filter(|text| !text.is_empty())
                }
                _ => None,
            })
        };
        NAMES.into_iter().find_map(text)
    }
}

impl Project {
    /// A region in a sentence: by its name, else by what its file calls it, else by its identity.
    pub fn region_name(&self, id: RegionId) -> String {
        let region = self.region(id);
        if let Some(name) = region.and_then(|region| region.name()) {
            return name.to_owned();
        }
        let source_id = region.and_then(|region| region.source_id.as_deref());
        source_id.map_or_else(|| format!("region {id}"), |source_id| format!("region {source_id}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{World, square};

    fn text(text: &str) -> AttributeValue {
        AttributeValue::Text(text.to_owned())
    }

    #[test]
    fn a_name_comes_before_an_address_and_blanks_are_none() {
        let mut region = square(0.0, 0.0, 1.0);
        assert_eq!(region.name(), None);
        region.attributes.insert("Address".into(), text(" 12 Elm St "));
        assert_eq!(region.name(), Some("12 Elm St"));
        region.attributes.insert("title".into(), text("  "));
        region.attributes.insert("label".into(), AttributeValue::Integer(3));
        assert_eq!(region.name(), Some("12 Elm St"));
        region.attributes.insert("NAME".into(), text("School"));
        assert_eq!(region.name(), Some("School"));
    }

    #[test]
    fn a_region_without_a_name_is_called_by_its_identity() {
        let world = World::with_regions(1);
        let id = world.regions[0];
        assert_eq!(world.project.region_name(id), format!("region {id}"));
    }
}
