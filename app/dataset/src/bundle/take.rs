//! Votes that come back from a bundle: read with suspicion, each taken or named.

use std::collections::{BTreeMap, HashMap};

use project::review::{ReviewState, Stage, Verdict, Vote};
use project::{Author, ClassCode, IdSource, MemberKey, Project, RegionId};
use serde::Deserialize;

use super::{BUNDLE, BundleCase, Header, MOST, VERSION, VOTES, shape_hash};
use crate::Rejected;

/// Bytes of a votes file at most.
pub(super) const LARGEST: usize = 64 << 20;
/// Letters of a note at most.
const LONGEST_NOTE: usize = 4_000;
/// A day, in which clocks may differ.
const DAY_MS: i64 = 86_400_000;

/// Why a votes file is refused as a whole. Nothing was taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TakeError {
    #[error("the file is larger than 64 MB, which no votes are")]
    TooLarge,
    #[error("the file cannot be read as votes: {0}")]
    NotVotes(String),
    #[error("the file is of version {0}, newer than this program knows")]
    Newer(u32),
    #[error("the votes are of another project, “{0}”")]
    OtherProject(String),
    #[error("the project does not know {0}")]
    UnknownMember(String),
    #[error("{0} was removed from the members")]
    Removed(String),
    #[error(
        "what the file says of its bundle was changed after it was made, or nobody of the project made it"
    )]
    NotVouched,
    #[error("the file says nothing of who made its bundle")]
    Unsigned,
    #[error("a bundle is of stage 1 or 2")]
    Stage,
}

impl TakeError {
    /// What to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::TooLarge | Self::NotVotes(_) => {
                "take the file that the bundle's page saves with “Save votes”"
            }
            Self::Newer(_) => "update Orthoscope",
            Self::OtherProject(_) => "open the project, or a copy of it, that the bundle was made from",
            Self::UnknownMember(_) | Self::Removed(_) => "`orthoscope member PROJECT` says who works on it",
            Self::NotVouched => {
                "make the bundle anew and have the member vote with that, or join the copy first in which it was made"
            }
            Self::Unsigned => "where you know where the file comes from, `--unsigned` takes it",
            Self::Stage => "vote on ties in the project itself",
        }
    }
}

/// A vote as the page writes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    case: String,
    verdict: String,
    #[serde(default)]
    class: Option<String>,
    #[serde(default)]
    confidence: Option<f64>,
    #[serde(default)]
    note: String,
    #[serde(default)]
    seconds: Option<f64>,
    #[serde(default)]
    at_ms: Option<i64>,
}

#[derive(Deserialize)]
struct Document {
    bundle: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    signature: String,
    votes: Vec<serde_json::Value>,
}

/// A votes file that was read: sound in form, its claims not yet checked.
#[derive(Clone, Debug)]
pub struct VotesFile {
    pub header: Header,
    /// The header as it was signed.
    pub text: String,
    /// The key that it claims to be signed with.
    pub key: Option<MemberKey>,
    pub signature: String,
    votes: Vec<Result<Line, String>>,
}

impl VotesFile {
    /// Reads a votes file; whatever it holds costs no more than its own size.
    pub fn parse(bytes: &[u8]) -> Result<Self, TakeError> {
        if bytes.len() > LARGEST {
            return Err(TakeError::TooLarge);
        }
        let not = |error: serde_json::Error| TakeError::NotVotes(error.to_string());
        // What calls itself something else, or is newer, is named before its parts are looked at.
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let value: serde_json::Value = serde_json::from_slice(bytes).map_err(not)?;
        named(&value, VOTES)?;
        let Document { bundle, key, signature, votes } = serde_json::from_value(value).map_err(not)?;
        let header: serde_json::Value = serde_json::from_str(&bundle).map_err(not)?;
        named(&header, BUNDLE)?;
        let header: Header = serde_json::from_value(header).map_err(not)?;
        if header.cases.len() > MOST || votes.len() > 4 * MOST {
            return Err(TakeError::NotVotes(format!("it has more than {MOST} cases")));
        }
        let line = |value: serde_json::Value| {
            serde_json::from_value(value).map_err(|e| format!("it is no vote: {e}"))
        };
        let votes = votes.into_iter().map(line).collect();
        Ok(Self { header, text: bundle, key: key.parse().ok(), signature, votes })
    }

    /// Votes in the file.
    pub fn len(&self) -> usize {
        self.votes.len()
    }

    /// True where nobody has voted.
    pub fn is_empty(&self) -> bool {
        self.votes.is_empty()
    }
}

/// Refuses what calls itself something else, or is newer.
fn named(value: &serde_json::Value, name: &str) -> Result<(), TakeError> {
    let said = value.get("format").and_then(serde_json::Value::as_str).unwrap_or_default();
    if said != name {
        return Err(TakeError::NotVotes(format!("it does not call itself `{name}`")));
    }
    let version = value.get("version").and_then(serde_json::Value::as_u64).unwrap_or_default();
    match u32::try_from(version) {
        Ok(0) => Err(TakeError::NotVotes("it has no version".to_owned())),
        Ok(version) if version <= VERSION => Ok(()),
        Ok(version) => Err(TakeError::Newer(version)),
        Err(_) => Err(TakeError::Newer(u32::MAX)),
    }
}

/// How votes are taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct TakeOptions {
    /// Of two verdicts by the member, the file's supersedes the project's; else it is named and left out.
    pub replace: bool,
    pub now_ms: i64,
}

/// What taking a votes file would do.
#[derive(Clone, Debug, Default)]
pub struct Take {
    pub votes: Vec<Vote>,
    /// Votes that the project has already, as the file has them.
    pub unchanged: usize,
    /// Places in the file, from 1, and why.
    pub rejected: Vec<Rejected>,
    pub warnings: Vec<String>,
}

/// True for whoever the project has heard of.
pub(super) fn is_known(project: &Project, member: &Author) -> bool {
    project.keys_of(member).next().is_some()
        || project.labels().values().any(|label| label.author == *member)
        || project.votes().values().any(|vote| vote.member == *member)
        || project.assignments().values().any(|one| one.members.contains(member))
}

/// Plans what a votes file brings. `project_id`: what the project is called for good. Whether the header is vouched for is
/// the caller's to check, who has the keys.
pub fn plan_take(
    project: &Project,
    project_id: &str,
    file: &VotesFile,
    options: TakeOptions,
    ids: &mut IdSource,
) -> Result<Take, TakeError> {
    let header = &file.header;
    let member = &header.member;
    if header.project != project_id {
        return Err(TakeError::OtherProject(header.name.chars().take(80).collect()));
    }
    if header.stage == Stage::Lead {
        return Err(TakeError::Stage);
    }
    if project.is_removed(member) {
        return Err(TakeError::Removed(member.to_string()));
    }
    if !is_known(project, member) {
        return Err(TakeError::UnknownMember(member.to_string()));
    }
    let mut take = Take::default();
    let cases: HashMap<RegionId, &BundleCase> = header.cases.iter().map(|one| (one.case, one)).collect();
    let mut sealed = 0;
    let (chosen, twice) = latest(&file.votes, &mut take);
    for (place, line) in chosen {
        let judged = Judged { project, header, cases: &cases, options };
        let outcome = if twice.contains(&line.case.as_str()) {
            Err(format!("{member} gives two verdicts on this case in the file"))
        } else {
            judged.vote(line, ids)
        };
        match outcome {
            Ok(Found::New(vote)) => take.votes.push(*vote),
            Ok(Found::Same) => take.unchanged += 1,
            Ok(Found::Sealed) => sealed += 1,
            Err(why) => take.rejected.push(Rejected::line(place, why)),
        }
    }
    take.rejected.sort_by_key(|one| match one.at {
        crate::Place::Line(line) => line,
        crate::Place::Index(index) => index as u64,
    });
    if sealed > 0 {
        take.unchanged += sealed;
        take.warnings.push(format!(
            "{sealed} votes of {member} are in the project sealed; what the file says of these cases was not compared"
        ));
    }
    let moved: usize = take.votes.iter().filter(|vote| is_moved(project, &cases, vote.case)).count();
    if moved > 0 {
        take.warnings.push(format!("the shapes of {moved} cases were changed since the bundle was made"));
    }
    Ok(take)
}

fn is_moved(project: &Project, cases: &HashMap<RegionId, &BundleCase>, case: RegionId) -> bool {
    let before = cases.get(&case).map(|one| one.shape.as_str());
    shape_hash(project, case).as_deref() != before
}

/// One line of each case, and the cases that have two that differ. Lines that say the same again are one.
fn latest<'a>(lines: &'a [Result<Line, String>], take: &mut Take) -> (Vec<(u64, &'a Line)>, Vec<&'a str>) {
    let mut first: BTreeMap<&str, &Line> = BTreeMap::new();
    let (mut chosen, mut twice) = (Vec::new(), Vec::new());
    for (place, line) in (1..).zip(lines) {
        match line {
            Err(why) => take.rejected.push(Rejected::line(place, why.clone())),
            Ok(line) => match first.insert(line.case.as_str(), line) {
                None => chosen.push((place, line)),
                Some(before) if says_the_same(before, line) => {}
                Some(_) => {
                    chosen.push((place, line));
                    twice.push(line.case.as_str());
                }
            },
        }
    }
    (chosen, twice)
}

fn says_the_same(a: &Line, b: &Line) -> bool {
    (&a.verdict, &a.class, &a.note) == (&b.verdict, &b.class, &b.note)
}

/// What a line comes to.
enum Found {
    New(Box<Vote>),
    Same,
    /// The member has cast a vote on the case that nobody can read yet.
    Sealed,
}

struct Judged<'a> {
    project: &'a Project,
    header: &'a Header,
    cases: &'a HashMap<RegionId, &'a BundleCase>,
    options: TakeOptions,
}

impl Judged<'_> {
    /// What a line comes to, or why it is not taken.
    fn vote(&self, line: &Line, ids: &mut IdSource) -> Result<Found, String> {
        let (project, member, stage) = (self.project, &self.header.member, self.header.stage);
        let short: String = line.case.chars().take(60).collect();
        let case: RegionId = line.case.parse().map_err(|_| format!("`{short}` is no case"))?;
        let about = self.cases.get(&case).ok_or_else(|| format!("`{short}` was not in the bundle"))?;
        if project.region(case).is_none() {
            return Err(format!("`{short}` is not a region of the project any more"));
        }
        let verdict = verdict_of(&line.verdict)?;
        let (verdict, class) = self.seen(about, verdict, line.class.as_deref())?;
        let now = self.options.now_ms;
        let vote = Vote {
            id: ids.vote(),
            case,
            member: member.clone(),
            stage,
            verdict,
            class,
            confidence: within(line.confidence, 1.0, "confidence")?,
            note: note_of(&line.note)?,
            seconds: within(line.seconds, 86_400.0, "seconds")?,
            // A clock that is far ahead, or stood still, says nothing.
            at_ms: Some(line.at_ms.filter(|at| (0..=now + DAY_MS).contains(at)).unwrap_or(now)),
            shape: None,
            seal: None,
        };
        if let Some(before) = self.cast_before(case) {
            if before.is_sealed() {
                return Ok(Found::Sealed);
            }
            if before.verdict == vote.verdict && before.class == vote.class && before.note == vote.note {
                return Ok(Found::Same);
            }
            if !self.options.replace {
                return Err(format!("{member} has given another verdict on this case already"));
            }
        }
        self.open(case)?;
        project.check_vote(&vote).map_err(|error| error.to_string())?;
        let cast_now = Vote { at_ms: Some(now), ..vote.clone() };
        project.may_cast(&cast_now).map_err(|error| error.to_string())?;
        Ok(Found::New(Box::new(vote)))
    }

    /// The member's newest vote on a case at the stage.
    fn cast_before(&self, case: RegionId) -> Option<&Vote> {
        let (member, stage) = (&self.header.member, self.header.stage);
        self.project.votes_on(case).filter(|vote| vote.member == *member && vote.stage == stage).last()
    }

    /// Refuses a case that is not voted on any more.
    fn open(&self, case: RegionId) -> Result<(), String> {
        let (project, member) = (self.project, &self.header.member);
        if self.header.stage == Stage::One {
            let own = project.label_by(case, member).is_some() && !project.settings().rule.self_review;
            return if own { Err(format!("it is {member}'s own label")) } else { Ok(()) };
        }
        // Where the committee found no quorum, one more voice is asked for.
        let state = project.outcome(case).state;
        if project.committee_is_full(case) && state != ReviewState::Returned {
            return Err(format!("its committee was complete before: {}", state.text().to_lowercase()));
        }
        Ok(())
    }

    /// The verdict with its class, as the window casts it: naming the label's own class accepts it.
    fn seen(
        &self,
        about: &BundleCase,
        verdict: Verdict,
        class: Option<&str>,
    ) -> Result<(Verdict, Option<ClassCode>), String> {
        let label = match self.header.stage {
            // What the member saw, whatever the label says now.
            Stage::One => about.label.clone(),
            _ => self.project.label_of(about.case).map(|(_, label)| label.class.clone()),
        };
        match verdict {
            Verdict::Accept if self.header.stage != Stage::One => {
                Err("a committee names a class: its bundle shows no label to accept".to_owned())
            }
            Verdict::Accept => match label {
                Some(label) => Ok((Verdict::Accept, Some(label))),
                None => Err("there was no label to accept".to_owned()),
            },
            Verdict::Edit => {
                let code = class.filter(|code| !code.is_empty()).ok_or("it names no class")?;
                let known = self.header.classes.iter().any(|one| one.code.as_str() == code);
                let code = ClassCode::new(code);
                if !known || self.project.schema().is_none_or(|schema| schema.class(&code).is_none()) {
                    let short: String = code.as_str().chars().take(60).collect();
                    return Err(format!("`{short}` is not a class of the project's schema"));
                }
                let same = label.as_ref() == Some(&code);
                Ok((if same { Verdict::Accept } else { Verdict::Edit }, Some(code)))
            }
            Verdict::Reject | Verdict::Abstain => Ok((verdict, label)),
            Verdict::Undetermined | Verdict::BadImagery => Ok((verdict, None)),
        }
    }
}

fn verdict_of(text: &str) -> Result<Verdict, String> {
    Verdict::ALL.into_iter().find(|verdict| verdict.key() == text).ok_or_else(|| {
        let short: String = text.chars().take(40).collect();
        format!("`{short}` is not a verdict")
    })
}

fn note_of(text: &str) -> Result<String, String> {
    let text = text.trim();
    if text.chars().count() > LONGEST_NOTE {
        return Err(format!("its note is longer than {LONGEST_NOTE} letters"));
    }
    Ok(text.to_owned())
}

fn within(number: Option<f64>, most: f64, what: &str) -> Result<Option<f64>, String> {
    match number {
        Some(number) if !(0.0..=most).contains(&number) => Err(format!("its {what} {number} cannot be")),
        number => Ok(number),
    }
}
