//! Classes by keys, many labels at once, and other classes for the project.

use std::collections::BTreeMap;
use std::path::Path;

use editing::{Command, FindCommand, Key, ViewCommand};
use project::{ClassCode, Migration, Schema};

use crate::classes::{ClassAsk, ClassChange, Classes, PredicatesDraft, Reclass};
use crate::frame::Program;
use crate::notice::Tone;
use crate::preferences::{ClassLook, Preferences};
use crate::schema_draft::SchemaDraft;
use crate::state::State;
use crate::work::Purpose;

/// The largest schema file that is read, in bytes.
const LARGEST: u64 = 1 << 20;

impl Program {
    /// One digit of a class's key. Where longer keys begin so, the next digit or Enter decides.
    pub(super) fn class_digit(&mut self, digit: u8) {
        let mut typed = std::mem::take(&mut self.state.chord);
        typed.push(char::from(b'0' + digit.min(9)));
        let Some(schema) = self.state.content().and_then(|p| p.schema()) else { return };
        let keys = schema.keys();
        let exact = keys.iter().find(|(key, _)| *key == typed).map(|(_, class)| class.code.clone());
        if keys.iter().any(|(key, _)| key.len() > typed.len() && key.starts_with(&typed)) {
            self.state.chord = typed;
        } else if let Some(class) = exact {
            self.set_class(&class);
        } else {
            let text = format!("No class has the key {typed}.");
            self.state.notices.tell(Tone::Info, text, "");
        }
    }

    /// A key that is no digit ends a key of a class that was begun. True when it was for that only.
    pub(crate) fn ends_chord(&mut self, key: Key) -> bool {
        !matches!(key, Key::Digit(_))
            && self.end_chord(key == Key::Enter)
            && matches!(key, Key::Enter | Key::Escape)
    }

    /// Enter takes the class whose key has been typed so far; Esc takes none. True when one was being typed.
    fn end_chord(&mut self, take: bool) -> bool {
        let typed = std::mem::take(&mut self.state.chord);
        if typed.is_empty() {
            return false;
        }
        let class = self.state.content().and_then(|p| p.schema()).and_then(|schema| {
            schema.keys().into_iter().find(|(key, _)| *key == typed).map(|(_, class)| class.code.clone())
        });
        if let Some(class) = class.filter(|_| take) {
            self.set_class(&class);
        }
        true
    }

    pub(super) fn classes(&mut self, ask: ClassAsk) {
        match ask {
            ClassAsk::Choose(class) => {
                if let Some(reclass) = &mut self.state.classes.reclass {
                    reclass.class = Some(class);
                }
            }
            ClassAsk::Label => {
                let Some(reclass) = self.state.classes.reclass.take() else { return };
                if let Some(class) = reclass.class {
                    self.label_regions(self.state.selected().to_vec(), &class);
                }
            }
            ClassAsk::Map(from, to) => {
                if let Some(change) = &mut self.state.classes.change {
                    change.migration.map(&from, to);
                }
            }
            ClassAsk::Change => {
                let Some(change) = self.state.classes.change.take() else { return };
                let edit = self.state.content().and_then(|project| change.migration.edit(project));
                let Some(edit) = edit else { return };
                if self.apply(edit) {
                    self.state.classes.draft = None;
                    let to = change.migration.to();
                    self.state.notices.done(format!("The classes are those of {} {}.", to.name, to.version));
                }
            }
            ClassAsk::Draft(draft) => self.state.classes.draft = Some(*draft),
            ClassAsk::PlanDraft => self.plan_draft(),
            ClassAsk::Back => self.state.classes.change = None,
            ClassAsk::Look(class, look) => {
                let mut preferences = self.state.preferences.clone();
                preferences.set_class_look(class.as_str(), look);
                self.prefer_classes(preferences);
            }
            ClassAsk::ShowOnly(class) => self.show_only(Some(&class)),
            ClassAsk::ShowAll => self.show_only(None),
            ClassAsk::Predicates(draft) => self.state.classes.predicates = Some(draft),
            ClassAsk::ChangePredicates => self.change_predicates(),
            ClassAsk::Close => self.state.classes = Classes::default(),
        }
    }

    /// Commands about the class of the selected region, else of the class that is drawn with.
    pub(super) fn look_at_classes(&mut self, command: ViewCommand) {
        if command == ViewCommand::ShowAllClasses {
            return self.show_only(None);
        }
        let of_selected = |state: &State| editing::class_of(state.content()?, state.selection.primary()?);
        let Some(class) = of_selected(&self.state).or_else(|| self.state.armed_class.clone()) else {
            let text = "Select a region of the class, or choose the class in Classes, first.";
            self.state.notices.tell(Tone::Info, text, "");
            return;
        };
        let mut look = self.state.preferences.class_look(class.as_str());
        let name = self.class_name(&class);
        let text = match command {
            ViewCommand::HideClass => {
                look.hidden = !look.hidden;
                if look.hidden {
                    format!("“{name}” is hidden.")
                } else {
                    format!("“{name}” is shown.")
                }
            }
            ViewCommand::LockClass => {
                look.locked = !look.locked;
                if look.locked {
                    format!("“{name}” is locked.")
                } else {
                    format!("“{name}” can be changed.")
                }
            }
            _ => return self.show_only(Some(&class)),
        };
        self.classes(ClassAsk::Look(class, look));
        self.state.notices.done(text);
    }

    fn class_name(&self, class: &ClassCode) -> String {
        let known = self.state.content().and_then(|p| p.schema()?.class(class));
        known.map_or_else(|| class.to_string(), |class| class.name.clone())
    }

    /// Hides every class of the project but one, or none.
    fn show_only(&mut self, only: Option<&ClassCode>) {
        let schema = self.state.content().and_then(|p| p.schema());
        let codes: Vec<ClassCode> =
            schema.map(|s| s.classes.iter().map(|class| class.code.clone()).collect()).unwrap_or_default();
        let mut preferences = self.state.preferences.clone();
        for code in codes {
            let look = preferences.class_look(code.as_str());
            let hidden = only.is_some_and(|only| *only != code);
            preferences.set_class_look(code.as_str(), ClassLook { hidden, ..look });
        }
        self.prefer_classes(preferences);
    }

    fn prefer_classes(&mut self, preferences: Preferences) {
        self.prefer(preferences);
        let selection = self.state.in_reach(self.state.selection.clone());
        if selection != self.state.selection {
            self.select(selection);
        }
        self.refresh_pointer();
    }

    /// What is drawn would be gone at once with a hidden class.
    pub(super) fn show_what_is_drawn(&mut self, class: &ClassCode) {
        let look = self.state.preferences.class_look(class.as_str());
        if look.hidden {
            self.classes(ClassAsk::Look(class.clone(), ClassLook { hidden: false, ..look }));
            let text = format!("“{}” is shown again, as it is drawn with.", self.class_name(class));
            self.state.notices.tell(Tone::Info, text, "");
        }
    }

    /// What the selected regions are now, before they are labelled together.
    pub(super) fn open_reclass(&mut self) {
        let author = self.state.author();
        let Some(project) = self.state.content() else { return };
        let mut now: BTreeMap<Option<ClassCode>, usize> = BTreeMap::new();
        let (mut others, mut gone) = (0, 0);
        let returned = self.state.project.as_ref().map(|open| &open.returned);
        for id in self.state.selected() {
            let label = project.label_of(*id).map(|(_, label)| label);
            *now.entry(label.map(|label| label.class.clone())).or_default() += 1;
            others += usize::from(label.is_some_and(|label| label.author != author));
            gone += usize::from(returned.is_some_and(|returned| returned.contains(*id)));
        }
        let class = self.state.armed_class.clone();
        self.state.classes.reclass =
            Some(Reclass { now: now.into_iter().collect(), others, returned: gone, class });
    }

    /// Shows what relations can say, to be changed.
    pub(super) fn open_predicates(&mut self) {
        self.state.classes.predicates = self.state.content().map(PredicatesDraft::of);
    }

    fn change_predicates(&mut self) {
        let Some(mut draft) = self.state.classes.predicates.take() else { return };
        // What was typed last is meant too.
        draft.add();
        let edit = self.state.content().and_then(|project| draft.edit(project));
        let Some(edit) = edit else { return };
        if self.apply(edit) {
            self.state.notices.done("The relations of the schema are changed.");
        }
    }

    /// Shows the classes and attributes, to be changed.
    pub(super) fn open_schema(&mut self) {
        self.state.classes.draft = self.state.content().and_then(SchemaDraft::of);
    }

    /// Plans the way to what stands in the dialog, and shows what becomes of the labels.
    fn plan_draft(&mut self) {
        let (Some(project), Some(draft)) = (self.state.content(), &self.state.classes.draft) else { return };
        // What is wrong with it stands in the dialog.
        let Ok(schema) = draft.schema() else { return };
        let said = draft.differences(&schema);
        let migration = Migration::plan(project, schema);
        let changes = migration.edit(project).is_some();
        self.state.classes.change = Some(ClassChange { migration, changes, said });
    }

    /// Asks for a schema file.
    pub(super) fn choose_schema(&mut self) {
        self.ask_for_file(Purpose::Schema);
    }

    /// Plans the way to the classes of a file, and shows what becomes of the labels.
    pub(super) fn plan_classes(&mut self, path: &Path) {
        if let Some(reason) = Command::Find(FindCommand::ChangeClasses).unavailable(&self.state.situation()) {
            self.state.notices.tell(Tone::Info, format!("{reason}."), "");
            return;
        }
        match read(path) {
            Ok(schema) => {
                let Some(project) = self.state.content() else { return };
                let migration = Migration::plan(project, schema);
                let changes = migration.edit(project).is_some();
                self.state.classes.change = Some(ClassChange { migration, changes, said: Vec::new() });
            }
            Err(why) => {
                let text = format!("The classes of {} cannot be used: {why}.", path.display());
                self.state.notices.problem(text, "docs/table.md shows how such a file is written.");
            }
        }
    }
}

fn read(path: &Path) -> Result<Schema, String> {
    let size = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
    if size > LARGEST {
        return Err("the file is larger than 1 MiB, which no schema is".to_owned());
    }
    let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
    Schema::from_toml(&text).map_err(|e| e.to_string())
}
