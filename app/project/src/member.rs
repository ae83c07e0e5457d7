//! Who works on the project: a name, a colour, a part in it, and the key that their entries are signed with.

use std::sync::Arc;

use imbl::OrdMap;
use serde::{Deserialize, Serialize};

use crate::{Author, EditError, MemberKey, Project};

/// A member's part in the project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Labels.
    #[default]
    Annotator,
    /// Looks at the labels of others, at stage one.
    Reviewer,
    /// Votes on what stage one disputes, too.
    Committee,
    /// Runs the review: rules, members, what the committee cannot settle.
    Lead,
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 4] = [Self::Annotator, Self::Reviewer, Self::Committee, Self::Lead];

    /// The word in files, which is the one in the journal.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Annotator => "annotator",
            Self::Reviewer => "reviewer",
            Self::Committee => "committee",
            Self::Lead => "lead",
        }
    }

    /// The word on screen.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Annotator => "Annotator",
            Self::Reviewer => "Reviewer",
            Self::Committee => "Committee",
            Self::Lead => "Lead",
        }
    }
}

/// One key of one member. Who works on two computers has two, of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub key: MemberKey,
    pub name: Author,
    /// Red, green, blue.
    pub color: [u8; 3],
    pub role: Role,
    /// Nothing that they write from then on is taken over from other copies.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

impl Member {
    /// A member as they join: with a colour by their key, and the lead of a project that has no members yet.
    pub fn joining(project: &Project, key: MemberKey, name: Author) -> Self {
        let role = if project.members().is_empty() { Role::Lead } else { Role::Annotator };
        Self { key, name, color: color_of(key), role, removed: false }
    }
}

/// Colours that are told apart on light and dark grounds (Okabe and Ito 2008, without black and yellow).
const COLORS: [[u8; 3]; 6] =
    [[230, 159, 0], [86, 180, 233], [0, 158, 115], [0, 114, 178], [213, 94, 0], [204, 121, 167]];

fn color_of(key: MemberKey) -> [u8; 3] {
    COLORS[usize::from(key.0[0]) % COLORS.len()]
}

impl Project {
    /// Every key of every member, removed ones included, by key.
    pub fn members(&self) -> &OrdMap<MemberKey, Arc<Member>> {
        &self.members
    }

    /// The keys of a name that were not removed.
    pub fn keys_of<'a>(&'a self, name: &'a Author) -> impl Iterator<Item = &'a Arc<Member>> {
        self.members.values().filter(move |member| !member.removed && member.name == *name)
    }

    /// True when every key of a name was removed; false for names without any.
    pub fn is_removed(&self, name: &Author) -> bool {
        let mut keys = self.members.values().filter(|member| member.name == *name).peekable();
        keys.peek().is_some() && keys.all(|member| member.removed)
    }

    /// The part that a name has: the greatest of its keys'. Who never signed anything is an annotator.
    pub fn role_of(&self, name: &Author) -> Role {
        self.keys_of(name).map(|member| member.role).max().unwrap_or_default()
    }

    /// True for whoever may say which part others have: a lead, and everybody where there is none.
    pub fn may_manage(&self, name: &Author) -> bool {
        let leads = |member: &&Arc<Member>| !member.removed && member.role == Role::Lead;
        self.role_of(name) == Role::Lead || !self.members.values().any(|member| leads(&member))
    }

    /// Refuses what somebody says of a member whom it is not theirs to speak of: only a lead says which part others have and
    /// who is removed. Everybody joins in their own name, as an annotator (as the lead where nobody leads), and may take a
    /// lesser part.
    pub fn may_say_of(&self, author: &Author, member: &Member) -> Result<(), EditError> {
        let own = member.name == *author && !member.removed;
        let fits = match self.members.get(&member.key) {
            None => own && member.role == Role::default(),
            Some(before) => own && before.name == *author && !before.removed && member.role <= before.role,
        };
        if fits || self.may_manage(author) {
            return Ok(());
        }
        let part =
            if member.removed { "is removed".to_owned() } else { format!("is {}", member.role.text()) };
        Err(EditError::Invalid(format!(
            "{author} says that {} {part}; who has which part is said by whoever leads the project, and {author} does not \
             lead it",
            member.name
        )))
    }

    /// Takes in what is said of a member: a fact, as votes are, of which the newest counts. Returns what was said before.
    pub fn record_member(
        &mut self,
        member: impl Into<Arc<Member>>,
    ) -> Result<Option<Arc<Member>>, EditError> {
        let member = member.into();
        if member.name.name().is_empty() || member.name.is_model() {
            return Err(EditError::Invalid("A member needs a name of their own".into()));
        }
        Ok(self.members.insert(member.key, member))
    }

    /// Takes back what was said of a member last, which never reached the disk.
    pub(crate) fn forget_member(&mut self, key: MemberKey, before: Option<Arc<Member>>) {
        match before {
            Some(before) => self.members.insert(key, before),
            None => self.members.remove(&key),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> MemberKey {
        MemberKey([n; 32])
    }

    #[test]
    fn the_first_leads_and_a_name_is_gone_with_its_last_key() {
        let mut project = Project::new();
        let (ana, ben) = (Author::new("Ana"), Author::new("Ben"));
        assert!(project.may_manage(&ben), "nobody leads yet");
        for (n, name) in [(1, &ana), (2, &ben), (3, &ben)] {
            let member = Member::joining(&project, key(n), name.clone());
            project.record_member(member).expect("joins");
        }
        assert_eq!((project.role_of(&ana), project.role_of(&ben)), (Role::Lead, Role::Annotator));
        assert!(project.may_manage(&ana) && !project.may_manage(&ben));
        for n in [2, 3] {
            assert!(!project.is_removed(&ben));
            let gone = Member { removed: true, ..(*project.members()[&key(n)]).clone() };
            let before = project.record_member(gone).expect("removed").expect("was there");
            assert!(!before.removed);
        }
        assert!(project.is_removed(&ben) && !project.is_removed(&Author::new("Cy")));
        let nameless = Member::joining(&project, key(9), Author::new("model:unet"));
        project.record_member(nameless).expect_err("a model is no member");
    }
}
