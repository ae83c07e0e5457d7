//! The classes and attributes of the project while they are being changed by hand, as plain values.

use std::collections::BTreeSet;
use std::sync::Arc;

use project::{Attribute, AttributeKind, Class, ClassCode, Hatch, Project, Schema};

/// Colours that new classes are given in turn.
const COLORS: [&str; 8] =
    ["#2f6fd0", "#d08a1f", "#2f9a52", "#b03a8c", "#c0402f", "#2a9aa8", "#7a55c7", "#8a7a2a"];

/// What the dialog shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SchemaPage {
    #[default]
    Classes,
    Attributes,
}

/// One attribute, with what is typed of it as it is typed.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeRow {
    pub attribute: Attribute,
    pub min: String,
    pub max: String,
    /// With commas between them.
    pub choices: String,
}

impl AttributeRow {
    fn of(attribute: &Attribute) -> Self {
        let number = |n: Option<f64>| n.map(|n| n.to_string()).unwrap_or_default();
        Self {
            min: number(attribute.min),
            max: number(attribute.max),
            choices: attribute.choices.join(", "),
            attribute: attribute.clone(),
        }
    }

    /// What does not belong to its kind is left out.
    fn read(&self) -> Result<Attribute, String> {
        let kind = self.attribute.kind;
        let number = |text: &str| match text.trim() {
            "" => Ok(None),
            _ if kind != AttributeKind::Number => Ok(None),
            text => text.parse().map(Some).map_err(|_| format!("“{text}” is no number")),
        };
        let choices = self.choices.split(',').map(|choice| choice.trim().to_owned());
        let is_choice = kind == AttributeKind::Choice;
        Ok(Attribute {
            min: number(&self.min)?,
            max: number(&self.max)?,
            choices: choices.filter(|choice| is_choice && !choice.is_empty()).collect(),
            name: self.attribute.name.trim().to_owned(),
            ..self.attribute.clone()
        })
    }
}

/// The classes and attributes as they stand in the dialog.
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaDraft {
    base: Arc<Schema>,
    pub name: String,
    pub classes: Vec<Class>,
    pub attributes: Vec<AttributeRow>,
    pub page: SchemaPage,
    /// The class, and the attribute, whose form is shown.
    pub class: usize,
    pub attribute: usize,
    /// What is typed to become one more.
    pub typed: String,
}

impl SchemaDraft {
    /// What a project has; `None` where it has no schema.
    pub fn of(project: &Project) -> Option<Self> {
        let base = Arc::clone(project.schema()?);
        Some(Self {
            name: base.name.clone(),
            classes: base.classes.clone(),
            attributes: base.attributes.iter().map(AttributeRow::of).collect(),
            page: SchemaPage::Classes,
            class: 0,
            attribute: 0,
            typed: String::new(),
            base,
        })
    }

    /// The classes as a tree: places in the list with how deep they lie, those below a class after it.
    pub fn tree(&self) -> Vec<(usize, usize)> {
        let mut rows = Vec::new();
        self.below(None, 0, &mut rows);
        rows
    }

    fn below(&self, parent: Option<&ClassCode>, depth: usize, rows: &mut Vec<(usize, usize)>) {
        if depth > self.classes.len() {
            return;
        }
        for (at, class) in self.classes.iter().enumerate() {
            // A parent that is not there, or leads back, makes no tree; `schema` says so.
            let known = class.parent.as_ref().filter(|p| self.classes.iter().any(|c| c.code == **p));
            if known == parent {
                rows.push((at, depth));
                self.below(Some(&class.code), depth + 1, rows);
            }
        }
    }

    /// The classes that may lie above one: those that do not lie below it.
    pub fn parents_for(&self, at: usize) -> Vec<ClassCode> {
        let Some(own) = self.classes.get(at).map(|class| &class.code) else { return Vec::new() };
        let mut below = BTreeSet::from([own]);
        for _ in 0..self.classes.len() {
            let more = self.classes.iter().filter(|c| c.parent.as_ref().is_some_and(|p| below.contains(p)));
            below.extend(more.map(|class| &class.code).collect::<Vec<_>>());
        }
        self.classes.iter().map(|class| &class.code).filter(|code| !below.contains(code)).cloned().collect()
    }

    /// Takes what is typed as one more class or attribute, below or after the one that is shown; false where that is
    /// nothing, or there already.
    pub fn add(&mut self) -> bool {
        let name = self.typed.trim().to_owned();
        let code = ClassCode::new(&name.to_lowercase());
        let is_class = |class: &Class| class.code == code || class.name == name;
        match self.page {
            _ if name.is_empty() => return false,
            SchemaPage::Classes if self.classes.iter().any(is_class) => return false,
            SchemaPage::Attributes if self.attributes.iter().any(|row| row.attribute.name == name) => {
                return false;
            }
            SchemaPage::Classes => {
                let parent = self.classes.get(self.class).and_then(|class| class.parent.clone());
                let color = COLORS[self.classes.len() % COLORS.len()].to_owned();
                self.classes.push(class(code, name, color, parent));
                self.class = self.classes.len() - 1;
            }
            SchemaPage::Attributes => {
                self.attributes.push(AttributeRow::of(&attribute(name)));
                self.attribute = self.attributes.len() - 1;
            }
        }
        self.typed.clear();
        true
    }

    /// Takes a class out. Those below it go up, and what was asked of it alone is asked no more.
    pub fn remove_class(&mut self, at: usize) {
        if at >= self.classes.len() {
            return;
        }
        let gone = self.classes.remove(at);
        for class in self.classes.iter_mut().filter(|class| class.parent.as_ref() == Some(&gone.code)) {
            class.parent.clone_from(&gone.parent);
        }
        self.attributes.retain_mut(|row| {
            let for_all = row.attribute.classes.is_empty();
            without(&mut row.attribute.classes, &gone);
            for_all || !row.attribute.classes.is_empty()
        });
        self.class = self.class.min(self.classes.len().saturating_sub(1));
        self.attribute = self.attribute.min(self.attributes.len().saturating_sub(1));
    }

    /// Moves the class that is shown before or after its neighbour below the same parent, with all that lies below it.
    pub fn shift_class(&mut self, down: bool) {
        let Some(parent) = self.classes.get(self.class).map(|class| class.parent.clone()) else { return };
        let siblings: Vec<usize> =
            (0..self.classes.len()).filter(|i| self.classes[*i].parent == parent).collect();
        let Some(place) = siblings.iter().position(|i| *i == self.class) else { return };
        let other = if down { siblings.get(place + 1) } else { place.checked_sub(1).map(|i| &siblings[i]) };
        if let Some(&other) = other {
            self.classes.swap(self.class, other);
            self.class = other;
        }
    }

    /// Moves the attribute that is shown.
    pub fn shift_attribute(&mut self, down: bool) {
        let to = if down { self.attribute + 1 } else { self.attribute.wrapping_sub(1) };
        if to < self.attributes.len() {
            self.attributes.swap(self.attribute, to);
            self.attribute = to;
        }
    }

    /// The schema as it stands: the next version where anything is other than it was. Or what is wrong with it.
    pub fn schema(&self) -> Result<Schema, String> {
        let attributes = self.attributes.iter().map(AttributeRow::read).collect::<Result<Vec<_>, _>>()?;
        let mut schema = Schema {
            name: self.name.trim().to_owned(),
            classes: self.classes.clone(),
            attributes,
            ..(*self.base).clone()
        };
        let stays = |code: &ClassCode| self.classes.iter().any(|class| class.code == *code);
        for gone in self.base.classes.iter().filter(|class| !stays(&class.code)) {
            for predicate in &mut schema.relations {
                for end in [&mut predicate.from, &mut predicate.to] {
                    let had = !end.is_empty();
                    without(end, gone);
                    // Meant for nothing any more, and not for everything.
                    predicate.retired |= had && end.is_empty();
                }
            }
        }
        if schema.name.is_empty() {
            return Err("The set of classes has no name".to_owned());
        }
        if let Some(class) = schema.classes.iter().find(|class| class.name.trim().is_empty()) {
            return Err(format!("The class `{}` has no name", class.code));
        }
        if schema != *self.base {
            schema.version = self.base.version.saturating_add(1);
        }
        schema.check().map_err(|error| error.to_string())?;
        Ok(schema)
    }

    /// What is other than it was, in sentences; of classes that come and go the dialog says more.
    pub fn differences(&self, to: &Schema) -> Vec<String> {
        let from = &self.base;
        let mut said = Vec::new();
        if from.name != to.name {
            said.push(format!("“{}” is called “{}”.", from.name, to.name));
        }
        for (before, after) in from.classes.iter().filter_map(|c| Some((c, to.class(&c.code)?))) {
            said.extend(class_differences(before, after, to));
        }
        let order = |of: &Schema, other: &Schema| -> Vec<ClassCode> {
            let both = of.classes.iter().filter(|class| other.class(&class.code).is_some());
            both.map(|class| class.code.clone()).collect()
        };
        if order(from, to) != order(to, from) {
            said.push("The classes stand in another order.".to_owned());
        }
        let named = |of: &Schema, name: &str| of.attributes.iter().find(|a| a.name == name).cloned();
        for after in &to.attributes {
            match named(from, &after.name) {
                None => said.push(format!("“{}” is asked for.", after.title())),
                Some(before) if before != *after => {
                    said.push(format!("“{}” is asked for in another way.", after.title()));
                }
                Some(_) => {}
            }
        }
        let gone = from.attributes.iter().filter(|before| named(to, &before.name).is_none());
        said.extend(
            gone.map(|a| format!("“{}” is asked for no more; regions keep what they have.", a.title())),
        );
        said
    }
}

/// Puts the class above in the place of one that goes.
fn without(codes: &mut Vec<ClassCode>, gone: &Class) {
    let Some(at) = codes.iter().position(|code| *code == gone.code) else { return };
    codes.remove(at);
    if let Some(parent) = gone.parent.as_ref().filter(|parent| !codes.contains(parent)) {
        codes.push(parent.clone());
    }
}

fn class_differences(before: &Class, after: &Class, schema: &Schema) -> Vec<String> {
    let name = &after.name;
    let mut said = Vec::new();
    if before.name != *name {
        said.push(format!("“{}” is called “{name}”.", before.name));
    }
    if (&before.color, before.hatch) != (&after.color, after.hatch) {
        said.push(format!("“{name}” is drawn in another way."));
    }
    if (before.digit, &before.key) != (after.digit, &after.key) {
        said.push(format!("“{name}” has another key."));
    }
    if before.parent != after.parent {
        let above = after.parent.as_ref().and_then(|code| schema.class(code));
        said.push(match above {
            Some(above) => format!("“{name}” lies below “{}”.", above.name),
            None => format!("“{name}” lies below no other class."),
        });
    }
    if before.retired != after.retired {
        let what = if after.retired { "is offered no more" } else { "is offered again" };
        said.push(format!("“{name}” {what}."));
    }
    let rest = |class: &Class| (class.rank, class.priority, class.raster_value, class.description.clone());
    if rest(before) != rest(after) {
        said.push(format!("What is noted of “{name}” is other."));
    }
    said
}

fn class(code: ClassCode, name: String, color: String, parent: Option<ClassCode>) -> Class {
    Class {
        code,
        name,
        color,
        alternative_color: None,
        hatch: Hatch::None,
        digit: None,
        key: None,
        retired: false,
        formerly: Vec::new(),
        raster_value: None,
        rank: None,
        priority: 0,
        parent,
        description: String::new(),
    }
}

fn attribute(name: String) -> Attribute {
    Attribute {
        name,
        title: String::new(),
        kind: AttributeKind::Text,
        required: false,
        min: None,
        max: None,
        choices: Vec::new(),
        classes: Vec::new(),
        description: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use project::{Change, Edit};

    use super::*;

    fn draft() -> SchemaDraft {
        let mut project = Project::new();
        project.apply(&Edit::Schema(Change::create((), Schema::joint_damage_scale()))).expect("sound");
        SchemaDraft::of(&project).expect("a schema")
    }

    fn codes(draft: &SchemaDraft) -> Vec<(&str, usize)> {
        draft.tree().into_iter().map(|(at, depth)| (draft.classes[at].code.as_str(), depth)).collect()
    }

    #[test]
    fn nothing_changed_is_the_same_version_and_anything_else_the_next() {
        let mut draft = draft();
        assert_eq!(draft.schema().expect("sound"), Schema::joint_damage_scale());
        draft.classes[0].name = "Untouched".into();
        let next = draft.schema().expect("sound");
        assert_eq!(next.version, Schema::joint_damage_scale().version + 1);
        assert_eq!(draft.differences(&next), ["“No damage” is called “Untouched”."]);
    }

    #[test]
    fn classes_are_added_nested_moved_and_taken_out_with_what_was_asked_of_them() {
        let mut draft = draft();
        draft.typed = " Collapsed ".into();
        assert!(draft.add() && !draft.add(), "nothing is typed any more");
        draft.typed = "collapsed".into();
        assert!(!draft.add(), "it is there");
        let destroyed = ClassCode::new("destroyed");
        let at = draft.class;
        assert!(draft.parents_for(at).contains(&destroyed));
        draft.classes[at].parent = Some(destroyed.clone());
        let place = draft.classes.iter().position(|c| c.code == destroyed).expect("there");
        assert!(!draft.parents_for(place).contains(&ClassCode::new("collapsed")), "it would lead back");
        assert_eq!(codes(&draft)[3..5], [("destroyed", 0), ("collapsed", 1)]);
        draft.class = place;
        draft.shift_class(false);
        assert_eq!(codes(&draft)[2..5], [("destroyed", 0), ("collapsed", 1), ("major damage", 0)]);
        (draft.page, draft.typed) = (SchemaPage::Attributes, "storeys".into());
        assert!(draft.add());
        draft.attributes[0].attribute.classes = vec![ClassCode::new("collapsed")];
        draft.remove_class(draft.classes.iter().position(|c| c.code.as_str() == "collapsed").expect("there"));
        assert_eq!(draft.attributes[0].attribute.classes, [destroyed], "the class above is asked instead");
        draft.remove_class(draft.classes.iter().position(|c| c.code.as_str() == "destroyed").expect("there"));
        assert!(draft.attributes.is_empty() && draft.schema().is_ok());
    }

    #[test]
    fn attributes_are_read_as_they_are_typed_and_what_is_wrong_is_said() {
        let mut draft = draft();
        (draft.page, draft.typed) = (SchemaPage::Attributes, "roof".into());
        assert!(draft.add());
        draft.attributes[0].attribute.kind = AttributeKind::Choice;
        assert!(draft.schema().expect_err("no choices").contains("no choices"));
        draft.attributes[0].choices = "flat, gabled,, ".into();
        let schema = draft.schema().expect("sound");
        assert_eq!(schema.attributes[0].choices, ["flat", "gabled"]);
        assert_eq!(draft.differences(&schema), ["“roof” is asked for."]);
        let row = &mut draft.attributes[0];
        (row.attribute.kind, row.min, row.max) = (AttributeKind::Number, "1".into(), "x".into());
        assert!(draft.schema().expect_err("no number").contains("“x”"));
        draft.attributes[0].max = "0".into();
        assert!(draft.schema().expect_err("no range").contains("range"));
        draft.attributes[0].max.clear();
        assert_eq!(draft.schema().expect("sound").attributes[0].min, Some(1.0));
        draft.classes[1].digit = draft.classes[0].digit;
        assert!(draft.schema().expect_err("twice").contains("digit"));
    }
}
