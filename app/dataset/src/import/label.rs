//! Labels and predictions as edits: one per author and region.

use std::collections::HashSet;

use project::{Author, Change, ClassCode, Edit, IdSource, Label, LayerId, Project, RegionId};

/// What an author says of a region, before it is an edit.
#[derive(Clone, Debug)]
pub(super) struct Opinion {
    pub(super) class: ClassCode,
    pub(super) author: Author,
    pub(super) confidence: Option<f64>,
    pub(super) note: String,
    pub(super) seconds: Option<f64>,
    pub(super) at_ms: Option<i64>,
    /// The view that it is of; `None`: the object as a whole.
    pub(super) view: Option<LayerId>,
}

/// Collects label edits.
pub(super) struct Labels<'a> {
    project: &'a Project,
    taken: HashSet<(RegionId, Author, Option<LayerId>)>,
    pub(super) edits: Vec<Edit>,
    /// Labels that say what the project says already.
    pub(super) unchanged: usize,
}

impl<'a> Labels<'a> {
    pub(super) fn new(project: &'a Project) -> Self {
        Self { project, taken: HashSet::new(), edits: Vec::new(), unchanged: 0 }
    }

    /// Creates the author's label on a region, or changes the one that is there.
    pub(super) fn take(
        &mut self,
        region: RegionId,
        opinion: Opinion,
        ids: &mut IdSource,
    ) -> Result<(), String> {
        if !self.taken.insert((region, opinion.author.clone(), opinion.view)) {
            return Err(format!("{} labels this region twice in the file", opinion.author));
        }
        let Opinion { class, author, confidence, note, seconds, at_ms, view: layer } = opinion;
        let held = self.project.label_by_in(region, &author, layer);
        let replies_to = held.map_or_else(Vec::new, |(_, old)| old.replies_to.clone());
        let schema_version = self.project.schema_version();
        let label = Label {
            region,
            class,
            author,
            confidence,
            note,
            seconds,
            at_ms,
            replies_to,
            layer,
            schema_version,
        };
        match held {
            Some((_, old)) if same_word(old, &label) => self.unchanged += 1,
            Some((id, old)) => self.edits.push(Edit::Label(Change::replace(id, old.clone(), label))),
            None => self.edits.push(Edit::Label(Change::create(ids.label(), label))),
        }
        Ok(())
    }
}

fn same_word(a: &Label, b: &Label) -> bool {
    (&a.class, a.confidence, &a.note) == (&b.class, b.confidence, &b.note)
}
