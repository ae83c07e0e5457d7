//! A report of a small review.

use std::sync::Arc;

use project::review::{Stage, Verdict, Vote};
use project::{
    Author, Change, ClassCode, Edit, Entry, EntryBody, GeometrySource, History, IdSource, Label, Project,
    Region, RegionId, Schema, Settings,
};

use crate::{Options, Report, html};

struct Desk {
    project: Project,
    history: History,
    ids: IdSource,
}

impl Desk {
    fn write(&mut self, author: &str, body: EntryBody) {
        let seq = self.history.last_seq() + 1;
        let entry = Entry { seq, at_ms: 1_000 * seq as i64, author: Author::new(author), body };
        self.history.advance(&mut self.project, &entry).expect("a sound entry");
    }

    fn edit(&mut self, author: &str, edit: Edit) {
        self.write(author, EntryBody::Edit(edit));
    }

    fn vote(&mut self, case: RegionId, member: &str, stage: Stage, verdict: Verdict, class: &str) {
        let vote = Vote {
            seal: None,
            shape: None,
            id: self.ids.vote(),
            case,
            member: Author::new(member),
            stage,
            verdict,
            class: Some(ClassCode::new(class)),
            confidence: None,
            note: String::new(),
            seconds: Some(2.0),
            at_ms: Some(1),
        };
        self.write(member, EntryBody::Vote(vote));
    }
}

fn region(x: f64) -> Region {
    Region {
        geometry: geo::Rect::new((x, 0.0), (x + 10.0, 10.0)).to_polygon().into(),
        layer: None,
        source: GeometrySource::custom(),
        source_id: Some("<b>7 & \"8\"</b>".to_owned()),
        attributes: std::collections::BTreeMap::new(),
    }
}

/// Ana labels, Ben reviews and draws one anew, a committee decides on the second; on the third it is voting.
fn review() -> (Desk, Vec<RegionId>) {
    let mut desk = Desk { project: Project::new(), history: History::default(), ids: IdSource::new(1, 1) };
    let settings = desk.project.settings().clone();
    let named = Settings { name: "Town <script>alert(1)</script>".to_owned(), ..settings.clone() };
    desk.edit("Ana", Edit::Settings(Change::replace((), settings, named)));
    desk.edit("Ana", Edit::Schema(Change::create((), Arc::new(Schema::joint_damage_scale()))));
    let mut cases = Vec::new();
    for i in 0..3 {
        let id = desk.ids.region();
        desk.edit("Ana", Edit::Region(Change::create(id, Arc::new(region(20.0 * f64::from(i))))));
        let label = Label {
            region: id,
            class: ClassCode::new("no damage"),
            author: Author::new("Ana"),
            confidence: None,
            note: String::new(),
            seconds: Some(3.0),
            at_ms: None,
            replies_to: Vec::new(),
            layer: None,
            schema_version: None,
        };
        let change = Change::create(desk.ids.label(), label);
        desk.edit("Ana", Edit::Label(change));
        cases.push(id);
    }
    let before = Arc::clone(desk.project.region(cases[0]).expect("there"));
    let after = Arc::new(Region { source_id: before.source_id.clone(), ..region(1.0) });
    desk.edit("Ben", Edit::Region(Change { id: cases[0], before: Some(before), after: Some(after) }));
    desk.vote(cases[0], "Ben", Stage::One, Verdict::Accept, "no damage");
    for case in &cases[1..] {
        desk.vote(*case, "Ben", Stage::One, Verdict::Edit, "destroyed");
    }
    for member in ["Cem", "Dia", "Eva"] {
        desk.vote(
            cases[1],
            member,
            Stage::Two,
            Verdict::Edit,
            if member == "Eva" { "major damage" } else { "destroyed" },
        );
    }
    (desk, cases)
}

fn report(desk: &Desk) -> Report {
    Report::of(&desk.project, Some(&desk.history), Options { resamples: 50, seed: 1 })
}

#[test]
fn a_report_counts_what_was_done() {
    let (desk, _) = review();
    let report = report(&desk);
    assert_eq!((report.committee.agreement.cases, report.committee.agreement.votes), (1, 3));
    let ana = report.members.iter().find(|m| m.member == "Ana").expect("a member");
    assert_eq!((ana.labels, ana.edit_rate, ana.reject_rate), (3, Some(2.0 / 3.0), Some(0.0)));
    let ben = report.members.iter().find(|m| m.member == "Ben").expect("a member");
    assert_eq!((ben.accepted, ben.edited, ben.votes), (1, 2, 3));
    assert_eq!((report.outlines.pairs, report.outlines.compared), (1, 1));
    let worst = &report.outlines.worst[0];
    assert_eq!((worst.before.as_str(), worst.after.as_str()), ("Ana", "Ben"));
    assert!((worst.agreement.iou.expect("area") - 90.0 / 110.0).abs() < 1e-9);
    assert!((worst.agreement.hausdorff.expect("outline") - 1.0).abs() < 1e-9);
    assert_eq!(report.transitions.cells.iter().sum::<f64>(), 2.0);
}

#[test]
fn the_same_journal_gives_the_same_bytes_and_names_its_methods() {
    let (desk, _) = review();
    let page = html(&report(&desk));
    assert_eq!(page, html(&report(&review().0)));
    for word in
        ["Krippendorff 2011", "Fleiss 1971", "Gwet 2008", "Cohen 1960", "Dawid", "Member reliability", "<svg"]
    {
        assert!(page.contains(word), "{word} is not in the report");
    }
    // Nothing is fetched, nothing runs, and what people typed is text.
    for word in ["http:", "https:", "<script", "<b>", "@import", "url("] {
        assert!(!page.contains(word), "{word} is in the report");
    }
}

#[test]
fn nothing_of_an_open_committee_is_in_a_report() {
    let ((desk, _), (mut other, cases)) = (review(), review());
    other.vote(cases[2], "Dia", Stage::Two, Verdict::Edit, "destroyed");
    let (without, mut with) = (report(&desk), report(&other));
    // That a committee has begun is known, not what it says.
    assert_eq!(with.journal_seq, without.journal_seq + 1);
    let again = {
        let (mut third, cases) = review();
        third.vote(cases[2], "Dia", Stage::Two, Verdict::Reject, "no damage");
        report(&third)
    };
    assert_eq!(html(&with), html(&again), "the page tells what an open vote says");
    assert_eq!(
        serde_json::to_string(&with).expect("serialises"),
        serde_json::to_string(&again).expect("serialises")
    );
    // Beside the number of the entry not even that is told.
    with.journal_seq = without.journal_seq;
    with.status.clone_from(&without.status);
    with.disputed.clone_from(&without.disputed);
    assert_eq!(html(&with), html(&without));
}

#[test]
fn an_empty_project_has_a_report_that_says_so() {
    let page = html(&Report::of(&Project::new(), None, Options::default()));
    assert!(page.contains("Nobody has voted yet") && page.ends_with("</html>\n"));
}

#[test]
fn a_page_of_questions_shows_models_by_category_and_trusts_no_text() {
    use project::question::{Answer, QuestionKind, Reply};
    use project::{Question, Run};
    let (mut project, mut ids) = (Project::new(), IdSource::new(3, 3));
    let mut replies = Vec::new();
    for n in 0..8_u32 {
        let mut question = Question::new("<b>Which?</b>", QuestionKind::SingleChoice, Author::new("Ana"));
        question.options = vec!["a".into(), format!("{n}")];
        question.answer = Some(Answer::Options(vec![n % 2]));
        question.category = if n < 4 { "poi".into() } else { "<i>mine</i>".into() };
        let id = ids.question();
        let (asked, text) = (question.asked(), "1".to_owned());
        replies.push(Reply { question: id, asked, order: vec![], text, response: None, tokens: None });
        project.apply(&Edit::Question(Change::create(id, question))).expect("sound");
    }
    let run = |prompt: &str, replies: Vec<Reply>| Run {
        model: "<script>toad".into(),
        prompt: prompt.into(),
        seed: None,
        author: Author::new("Ana"),
        at_ms: None,
        note: String::new(),
        replies,
    };
    for run in [run("text", replies.clone()), run("json", replies[..5].to_vec())] {
        project.apply(&Edit::Run(Change::create(ids.run(), run))).expect("sound");
    }
    let evaluation = questions::evaluate(&project, &[]);
    let page = crate::questions_html("Town & country", &project, &evaluation);
    assert_eq!(page, crate::questions_html("Town & country", &project, &evaluation));
    for wanted in
        ["Town &amp; country", "Models by category", "50.0 % (21.5 – 78.5)", "always option 1", "Turned"]
    {
        assert!(page.contains(wanted), "{wanted}");
    }
    assert!(!page.contains("<script") && !page.contains("<i>mine"), "names are text");
    let card = crate::questions_card("Town_1", &project, &evaluation);
    assert_eq!(card, crate::questions_card("Town_1", &project, &evaluation));
    for wanted in [
        "# Town\\_1\n",
        "8 questions about places and images, 8 of them with an answer, 0 of these unanswerable",
        "| \\<i\\>mine\\</i\\> | 4 |",
        "it is option 1 4 times, option 2 4 times",
        "| \\<script\\>toad (text) | 62.5 % | 30.6 – 86.3 | 8 |",
    ] {
        assert!(card.contains(wanted), "{wanted} in {card}");
    }
}

#[test]
fn on_paper_it_has_the_sections_of_the_page_and_the_same_bytes_each_time() {
    const FONTS: [&[u8]; 2] = [
        include_bytes!("../../../assets/fonts/Inter-Regular.otf"),
        include_bytes!("../../../assets/fonts/Inter-SemiBold.otf"),
    ];
    let (desk, _) = review();
    let report = report(&desk);
    let (page, paper) = (html(&report), crate::pdf(&report, &FONTS).expect("pages"));
    let plain = String::from_utf8_lossy(&paper);
    // Bookmarks are plain in the file.
    let headings: Vec<&str> =
        page.split("<h2>").skip(1).filter_map(|rest| rest.split("</h2>").next()).collect();
    assert!(headings.len() > 5, "{headings:?}");
    for heading in headings {
        assert!(plain.contains(&format!("/Title ({heading})")), "{heading}");
    }
    assert!(paper == crate::pdf(&report, &FONTS).expect("pages"), "the same bytes");
    assert!(crate::pdf(&report, &[]).is_err());
}
