//! The rule of the review, as data.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::review::{ReviewState, Stage, Verdict, Vote};
use crate::{Author, Edit, EditError, Project, Role, Settings};

/// How many committee votes for one class settle a case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quorum {
    /// More than half of those who voted for a class or for rejection.
    #[default]
    Majority,
    /// At least ⌈2n/3⌉ of them.
    TwoThirds,
    Unanimous,
    /// More than half of the weight: a member's vote counts as often as [`Rule::weights`] says, else once.
    Weighted,
}

impl Quorum {
    /// How many of this many opinions must be the same; never 0.
    pub const fn needed(self, opinions: usize) -> usize {
        match self {
            Self::Majority | Self::Weighted => opinions / 2 + 1,
            Self::TwoThirds if opinions > 0 => (2 * opinions).div_ceil(3),
            Self::Unanimous if opinions > 0 => opinions,
            Self::TwoThirds | Self::Unanimous => 1,
        }
    }
}

/// What becomes of a case whose committee is complete and on which nothing reached the quorum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// It goes back to whoever labelled it.
    #[default]
    Return,
    /// A lead decides.
    Lead,
}

impl Ties {
    /// The word in files.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Return => "return",
            Self::Lead => "lead",
        }
    }
}

/// To whom a case comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnsTo {
    /// Whoever labelled it.
    #[default]
    Author,
    /// Anybody with a greater part in the project than theirs.
    Senior,
}

impl ReturnsTo {
    /// The word in files.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Senior => "senior",
        }
    }
}

/// True for what a rule says unless told otherwise, which is not written.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// How a case goes through review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Reviewers who must see what the label says; 0: a label stands as it is.
    pub stage_one_reviews: u32,
    /// Committee votes (abstentions counted) before anything is decided or shown.
    pub committee_size: u32,
    pub quorum: Quorum,
    /// Whether whoever labelled a case may review it at stage one.
    pub self_review: bool,
    /// Committee votes are sealed until as many as the rule asks for are cast: see [`Sealed`](crate::review::Sealed).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sealed: bool,
    /// The least part that whoever reviews at stage one has.
    #[serde(default, skip_serializing_if = "is_everybody")]
    pub reviewers: Role,
    /// The least part that whoever votes in a committee has.
    #[serde(default, skip_serializing_if = "is_everybody")]
    pub voters: Role,
    /// Reasons that a rejection gives, one of which its note begins with; none: any words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// By the name of the member, for [`Quorum::Weighted`]; whoever is not named weighs 1.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, u32>,
    /// Who settles what a committee is divided on.
    #[serde(default, skip_serializing_if = "is_default")]
    pub ties: Ties,
    /// Percent that the outline which a reviewer sees overlaps the region's at the least (IoU), else the case is disputed;
    /// 0: outlines decide nothing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub least_iou: u32,
    /// To whom a case comes back.
    #[serde(default, skip_serializing_if = "is_default")]
    pub returns_to: ReturnsTo,
}

/// True where the rule asks for no part.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_everybody(role: &Role) -> bool {
    *role == Role::Annotator
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            stage_one_reviews: 1,
            committee_size: 3,
            quorum: Quorum::Majority,
            self_review: false,
            sealed: false,
            reviewers: Role::Annotator,
            voters: Role::Annotator,
            reasons: Vec::new(),
            weights: BTreeMap::new(),
            ties: Ties::Return,
            least_iou: 0,
            returns_to: ReturnsTo::Author,
        }
    }
}

impl Rule {
    /// The rule as TOML, every setting named.
    pub fn to_toml(&self) -> String {
        // Every value has a form in TOML.
        let mut table = toml::Table::try_from(self).unwrap_or_default();
        table.insert("sealed".into(), self.sealed.into());
        table.insert("reviewers".into(), self.reviewers.key().into());
        table.insert("voters".into(), self.voters.key().into());
        table.insert("reasons".into(), self.reasons.clone().into());
        table.insert("ties".into(), self.ties.key().into());
        table.insert("least_iou".into(), i64::from(self.least_iou).into());
        table.insert("returns_to".into(), self.returns_to.key().into());
        let weight = |(name, weight): (&String, &u32)| (name.clone(), toml::Value::from(*weight));
        table.insert("weights".into(), toml::Value::Table(self.weights.iter().map(weight).collect()));
        table.to_string()
    }

    /// This rule with what a TOML text says otherwise; what it does not name stays.
    pub fn with_toml(&self, text: &str) -> Result<Self, String> {
        let said: toml::Table = toml::from_str(text).map_err(|e| e.message().to_owned())?;
        let known = toml::from_str::<toml::Table>(&self.to_toml()).unwrap_or_default();
        if let Some(name) = said.keys().find(|name| !known.contains_key(*name)) {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            return Err(format!("there is no rule `{name}`; the rules are {}", names.join(", ")));
        }
        let mut table = known;
        table.extend(said);
        let rule: Self = table.try_into().map_err(|e: toml::de::Error| e.message().to_owned())?;
        if rule.committee_size == 0 {
            return Err("a committee has at least one member".into());
        }
        if rule.least_iou > 100 {
            return Err("`least_iou` is a percentage, 0 to 100".into());
        }
        Ok(rule)
    }

    /// How often a member's vote counts in a committee.
    pub(crate) fn weight_of(&self, member: &Author) -> usize {
        if self.quorum != Quorum::Weighted {
            return 1;
        }
        self.weights.get(member.name()).map_or(1, |weight| *weight as usize)
    }

    /// The least part that whoever votes at a stage has.
    pub const fn least(&self, stage: Stage) -> Role {
        match stage {
            Stage::One => self.reviewers,
            Stage::Two => self.voters,
            Stage::Lead => Role::Lead,
        }
    }

    /// The rule in sentences.
    pub fn in_words(&self) -> Vec<String> {
        let quorum = match self.quorum {
            Quorum::Majority => "more than half",
            Quorum::TwoThirds => "at least two thirds",
            Quorum::Unanimous => "all",
            Quorum::Weighted => "more than half, by weight,",
        };
        let reviews = match self.stage_one_reviews {
            0 => "A label stands as it is, without a second look.".to_owned(),
            1 => "Every label is looked at by one reviewer.".to_owned(),
            n => format!("Every label is looked at by {n} reviewers."),
        };
        let ties = match self.ties {
            Ties::Return => "Where it does not, the case goes back.",
            Ties::Lead => "Where it does not, a lead decides.",
        };
        let back = match self.returns_to {
            ReturnsTo::Author => "What goes back goes to whoever labelled it.",
            ReturnsTo::Senior => {
                "What goes back goes to somebody with a greater part than whoever labelled it."
            }
        };
        let outlines = match self.least_iou {
            0 => "A reviewer's outline is shown, and decides nothing.".to_owned(),
            n => format!("A reviewer's outline that overlaps the region's by less than {n} % disputes it."),
        };
        let own = if self.self_review {
            "Whoever labelled a case may review it too."
        } else {
            "Nobody reviews a case that they labelled themselves."
        };
        let sealed = if self.sealed {
            "Committee votes are sealed: the file does not have what they say until all are cast."
        } else {
            "Committee votes are hidden by the program, but whoever opens the file with other tools can read them."
        };
        vec![
            reviews,
            own.to_owned(),
            format!("What they dispute goes to a committee of {}.", self.committee()),
            format!("It settles a case when {quorum} of those who say something say the same."),
            ties.to_owned(),
            outlines,
            back.to_owned(),
            sealed.to_owned(),
            format!(
                "Stage one is for {}, the committee for {}.",
                whoever(self.reviewers),
                whoever(self.voters)
            ),
            if self.reasons.is_empty() {
                "A rejection says why, in any words.".to_owned()
            } else {
                format!(
                    "A rejection gives one of {} reasons: {}.",
                    self.reasons.len(),
                    self.reasons.join("; ")
                )
            },
        ]
    }

    /// The committee's size as a count; a committee has at least one member.
    pub(crate) fn committee(&self) -> usize {
        self.committee_size.max(1) as usize
    }
}

/// Who has at least a part.
fn whoever(least: Role) -> String {
    match least {
        Role::Annotator => "everybody".to_owned(),
        Role::Reviewer => "reviewers and above".to_owned(),
        Role::Committee => "committee members and leads".to_owned(),
        Role::Lead => "leads".to_owned(),
    }
}

impl Project {
    /// True when a member has the part that votes at a stage ask for. Where nobody leads, everybody may decide what is tied.
    pub fn may_sit(&self, member: &Author, stage: Stage) -> bool {
        match stage {
            Stage::Lead => self.may_manage(member),
            stage => self.role_of(member) >= self.settings().rule.least(stage),
        }
    }

    /// Refuses a vote that its member may not cast, or not so: for whoever casts one. What was cast stands, whatever the
    /// rule says later.
    pub fn may_cast(&self, vote: &Vote) -> Result<(), EditError> {
        let (name, rule) = (&vote.member, &self.settings().rule);
        if self.is_removed(name) {
            return Err(EditError::Invalid(format!("{name} was removed from the members")));
        }
        let least = rule.least(vote.stage);
        if !self.may_sit(name, vote.stage) {
            let (has, least) = (self.role_of(name).text().to_lowercase(), whoever(least));
            return Err(EditError::Invalid(format!("This vote is for {least}, and {name} is {has}")));
        }
        let open = |state| matches!(state, ReviewState::Tied) || self.rounds(vote.case).1.lead.is_some();
        if vote.stage == Stage::Lead && !open(self.outcome(vote.case).state) {
            return Err(EditError::Invalid(
                "A lead decides where the committee is divided, and here it is not".into(),
            ));
        }
        let now_ms = vote.at_ms.unwrap_or(i64::MIN);
        if let Some(locked) = self.locked_for(name, vote.case, vote.stage, now_ms) {
            let whose: Vec<&str> = locked.members.iter().map(|member| member.name()).collect();
            return Err(EditError::Invalid(format!(
                "This case was handed to {}; it is free for others when it is released",
                whose.join(", ")
            )));
        }
        let given = || rule.reasons.iter().any(|reason| vote.note.starts_with(reason.as_str()));
        if vote.verdict == Verdict::Reject && !rule.reasons.is_empty() && !given() {
            return Err(EditError::Invalid(format!(
                "A rejection begins with one of these reasons: {}",
                rule.reasons.join("; ")
            )));
        }
        Ok(())
    }

    /// Refuses an edit that is for whoever runs the review, by somebody else: of its rules, of work that is handed out, and
    /// of conflicts between copies about either. It holds for undo, redo and taking back one old entry as well, and for what
    /// comes from other copies.
    pub fn may_edit(&self, author: &Author, edit: &Edit) -> Result<(), EditError> {
        if self.may_manage(author) {
            return Ok(());
        }
        match for_leads(edit) {
            None => Ok(()),
            Some(what) => Err(EditError::Invalid(format!(
                "{what} by whoever leads the project, and {author} does not lead it"
            ))),
        }
    }
}

/// What of an edit is for leads alone, as the beginning of a sentence.
fn for_leads(edit: &Edit) -> Option<&'static str> {
    let mut what = None;
    edit.each(&mut |one| match one {
        Edit::Settings(change) if rule_of(change.before.as_ref()) != rule_of(change.after.as_ref()) => {
            what = Some("The rules of the review are set");
        }
        Edit::Assignment(_) => what = Some("Work is handed out and taken back"),
        Edit::Conflict(change) => {
            let mut held = change.before.iter().chain(&change.after).flat_map(|conflict| &conflict.edits);
            what = held.find_map(for_leads).or(what);
        }
        _ => {}
    });
    what
}

fn rule_of(settings: Option<&Arc<Settings>>) -> Option<&Rule> {
    settings.map(|settings| &settings.rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_comes_back_from_its_toml_and_what_is_not_named_stays() {
        let rule = Rule {
            quorum: Quorum::Weighted,
            sealed: true,
            voters: Role::Committee,
            reasons: vec!["bad outline".into()],
            weights: [("Ana".to_owned(), 3)].into(),
            ties: Ties::Lead,
            least_iou: 60,
            returns_to: ReturnsTo::Senior,
            ..Rule::default()
        };
        assert_eq!(Rule::default().with_toml(&rule.to_toml()).as_ref(), Ok(&rule));
        let changed = rule.with_toml("committee_size = 5").expect("one rule");
        assert_eq!(changed, Rule { committee_size: 5, ..rule.clone() });
        for wrong in [
            "comittee_size = 2",
            "committee_size = 0",
            "quorum = 'most'",
            "sealed = 'yes'",
            "ties = 'coin'",
            "least_iou = 101",
            "= 1",
        ] {
            assert!(rule.with_toml(wrong).is_err(), "{wrong}");
        }
        assert_eq!(rule.in_words().len(), Rule::default().in_words().len());
    }

    #[test]
    fn a_rule_of_before_means_and_is_what_it_was() {
        let before = r#"{"stage_one_reviews":1,"committee_size":3,"quorum":"majority","self_review":false}"#;
        let rule: Rule = serde_json::from_str(before).expect("read");
        assert_eq!(rule, Rule::default());
        assert_eq!(serde_json::to_string(&rule).expect("text"), before);
    }
}
