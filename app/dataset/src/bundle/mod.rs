//! A bundle: cards of cases with a page to vote on without network, program or imagery, and the votes that come back.
//!
//! ```text
//! bundle/index.html        the page, with everything it needs but the pictures
//!        cards/0001.jpg    a card for each case
//!        bundle.json       the header, the hash of each card
//!        READ ME.txt       what to do
//! votes file (JSON)        format, version, bundle (the header's text, as it was signed), key, signature, votes
//! ```
//!
//! The header says which project and journal entry it was made from, for whom, at which stage, and of each case its identity,
//! a hash of its shape and, at stage one, the class that is judged. It is signed by whoever made it, so that a votes file
//! cannot speak for another member or of other cases. Nothing of any vote is in a bundle.

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod in_node;
mod take;
mod write;

use project::review::Stage;
use project::{Author, ClassCode, Project, RegionId, Seq};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use take::{Take, TakeError, TakeOptions, VotesFile, plan_take};
pub use write::BundleWriter;

/// The version of header and votes file that is written; newer ones are refused by name.
const VERSION: u32 = 1;
/// What a header and a votes file call themselves.
const BUNDLE: &str = "orthoscope-bundle";
const VOTES: &str = "orthoscope-votes";
/// Cases of one bundle at most.
const MOST: usize = 10_000;

/// A case of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleCase {
    pub case: RegionId,
    /// What a person knows it by.
    pub title: String,
    /// The start of a SHA-256 of its shape, so that votes on another shape are known as such.
    pub shape: String,
    /// What is judged at stage one: the class of its label. Nothing in a committee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<ClassCode>,
}

/// A class that can be voted for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleClass {
    pub code: ClassCode,
    pub name: String,
    /// `#rrggbb`.
    pub color: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digit: Option<u8>,
}

/// What a bundle is of, for whom, and where it comes from. Its text is what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub format: String,
    pub version: u32,
    /// What the project is called for good, in whichever copy.
    pub project: String,
    /// What a person calls it.
    pub name: String,
    pub member: Author,
    pub stage: Stage,
    /// The journal's newest entry when it was made, and its hash.
    pub journal_seq: Seq,
    pub journal_hash: String,
    pub made_at_ms: i64,
    pub classes: Vec<BundleClass>,
    /// What a rejection may give as its reason; empty: anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    pub cases: Vec<BundleCase>,
}

impl Header {
    /// Its text, which is signed and comes back as it is.
    pub fn text(&self) -> String {
        // Strings and numbers alone always have a text.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Where a bundle comes from, beside the project's content.
#[derive(Clone, Debug, Default)]
pub struct BundleOrigin {
    pub project: String,
    pub name: String,
    pub journal_seq: Seq,
    pub journal_hash: String,
    pub made_at_ms: i64,
}

/// The header of a bundle for a member; refused where they may not vote at the stage, or there is nothing to vote on.
pub fn bundle_header(
    project: &Project,
    cases: &[RegionId],
    member: &Author,
    stage: Stage,
    origin: BundleOrigin,
) -> Result<Header, String> {
    let schema = project.schema().ok_or("the project has no schema, so there is no class to vote for")?;
    if member.name().is_empty() || member.is_model() {
        return Err("a bundle is for a named member".to_owned());
    }
    if project.is_removed(member) {
        return Err(format!("{member} was removed from the members"));
    }
    if !take::is_known(project, member) {
        return Err(format!("the project does not know {member}"));
    }
    if stage == Stage::Lead {
        return Err("a tie is decided in the project itself".to_owned());
    }
    if !project.may_sit(member, stage) {
        return Err(format!("the part that {member} has in the project is too small for this stage"));
    }
    if cases.len() > MOST {
        return Err(format!("{} cases are more than the {MOST} of one bundle", cases.len()));
    }
    let own = |case: RegionId| {
        stage == Stage::One
            && !project.settings().rule.self_review
            && project.label_by(case, member).is_some()
    };
    let cases: Vec<BundleCase> =
        cases.iter().filter(|case| !own(**case)).filter_map(|case| about(project, *case, stage)).collect();
    if cases.is_empty() {
        return Err(format!("there is no case that {member} could vote on"));
    }
    let classes = schema.classes.iter().map(|class| {
        let [r, g, b] = class.rgb();
        let color = format!("#{r:02x}{g:02x}{b:02x}");
        BundleClass { code: class.code.clone(), name: class.name.clone(), color, digit: class.digit }
    });
    Ok(Header {
        format: BUNDLE.to_owned(),
        version: VERSION,
        project: origin.project,
        name: origin.name,
        member: member.clone(),
        stage,
        journal_seq: origin.journal_seq,
        journal_hash: origin.journal_hash,
        made_at_ms: origin.made_at_ms,
        classes: classes.collect(),
        reasons: project.settings().rule.reasons.clone(),
        cases,
    })
}

fn about(project: &Project, case: RegionId, stage: Stage) -> Option<BundleCase> {
    let region = project.region(case)?;
    let label = project.label_of(case).map(|(_, label)| label.class.clone());
    let title: String =
        region.source_id.clone().unwrap_or_else(|| case.to_string()).chars().take(80).collect();
    let shape = shape_hash(project, case)?;
    Some(BundleCase { case, title, shape, label: label.filter(|_| stage == Stage::One) })
}

/// The start of a hash of a region's shape.
fn shape_hash(project: &Project, case: RegionId) -> Option<String> {
    use geo::CoordsIter as _;
    let mut hash = Sha256::new();
    for point in project.region(case)?.geometry.coords_iter() {
        hash.update(point.x.to_le_bytes());
        hash.update(point.y.to_le_bytes());
    }
    Some(hash.finalize().iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}")))
}
