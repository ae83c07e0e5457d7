//! Conditions that were kept under a name: lists of work, which everybody who opens the project has.

use serde::{Deserialize, Serialize};

use crate::{Change, Edit, Project, Settings};

/// A condition under a name. What it means is read by whoever uses it; here it is text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkList {
    /// Unique in the project.
    pub name: String,
    /// In the words of a query, such as `class = destroyed and author != me`.
    pub query: String,
}

/// Keeps a condition under a name, in place of what had it; `None` when it is kept so already, or has no name.
pub fn keep_list_edit(project: &Project, name: &str, query: &str) -> Option<Edit> {
    let list = WorkList { name: name.trim().to_owned(), query: query.trim().to_owned() };
    let mut lists = project.settings().lists.clone();
    if list.name.is_empty() || lists.contains(&list) {
        return None;
    }
    match lists.iter_mut().find(|held| held.name == list.name) {
        Some(held) => *held = list,
        None => lists.push(list),
    }
    Some(with_lists(project, lists))
}

/// Removes the list of a name; `None` when there is none.
pub fn remove_list_edit(project: &Project, name: &str) -> Option<Edit> {
    let mut lists = project.settings().lists.clone();
    let before = lists.len();
    lists.retain(|list| list.name != name);
    (lists.len() < before).then(|| with_lists(project, lists))
}

fn with_lists(project: &Project, lists: Vec<WorkList>) -> Edit {
    let before = project.settings().clone();
    let after = Settings { lists, ..before.clone() };
    Edit::Settings(Change::replace((), before, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_kept_replaced_and_removed_and_each_can_be_undone() {
        let mut project = Project::new();
        let one = keep_list_edit(&project, " Doubtful ", "confidence < 0.6").expect("new");
        project.apply(&one).expect("applies");
        assert_eq!(one.title(), "Keep the work list “Doubtful”");
        assert_eq!(keep_list_edit(&project, "Doubtful", "confidence < 0.6"), None);
        assert_eq!(keep_list_edit(&project, " ", "labelled"), None);
        let other = keep_list_edit(&project, "Doubtful", "confidence < 0.5").expect("other");
        project.apply(&other).expect("applies");
        assert_eq!(project.settings().lists.len(), 1);
        let gone = remove_list_edit(&project, "Doubtful").expect("there");
        assert_eq!(gone.title(), "Remove the work list “Doubtful”");
        project.apply(&gone).expect("applies");
        assert_eq!(remove_list_edit(&project, "Doubtful"), None);
        for edit in [gone, other, one] {
            project.apply(&edit.inverse()).expect("undone");
        }
        assert_eq!(project, Project::new());
    }
}
