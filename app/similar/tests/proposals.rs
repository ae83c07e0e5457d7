//! Suggestions become predictions of `model:similar`, and nothing of a person's is touched.

use std::collections::BTreeMap;
use std::sync::Arc;

use project::{
    Author, Change, ClassCode, Edit, GeometrySource, IdSource, Label, Project, Region, RegionId, Schema,
};
use similar::{SimilarError, Table, Wanted, advise, proposed_labels};

const ALWAYS: similar::GoOn = &|_, _| true;

struct Town {
    project: Project,
    ids: IdSource,
    regions: Vec<RegionId>,
}

fn label(region: RegionId, class: &str, author: &str) -> Label {
    Label {
        region,
        class: ClassCode::new(class),
        author: Author::new(author),
        confidence: None,
        note: String::new(),
        seconds: None,
        at_ms: Some(1),
        replies_to: Vec::new(),
        layer: None,
        schema_version: None,
    }
}

/// Forty places in a row; even ones are destroyed, odd ones are not; Ana has labelled the first thirty.
fn town(labelled: usize) -> (Town, Table) {
    let (mut project, mut ids) = (Project::new(), IdSource::new(1, 1));
    let schema = Edit::Schema(Change::create((), Arc::new(Schema::joint_damage_scale())));
    project.apply(&schema).expect("a schema");
    let mut regions = Vec::new();
    for at in 0..40_u8 {
        let id = ids.region();
        let x = f64::from(at) * 10.0;
        let region = Region {
            geometry: geo::Rect::new((x, 0.0), (x + 5.0, 5.0)).to_polygon().into(),
            layer: None,
            source: GeometrySource::new("footprints"),
            source_id: None,
            attributes: BTreeMap::new(),
        };
        project.apply(&Edit::Region(Change::create(id, Arc::new(region)))).expect("a region");
        regions.push(id);
    }
    for (at, id) in regions.iter().enumerate().take(labelled) {
        let label = label(*id, truth(at), "Ana");
        project.apply(&Edit::Label(Change::create(ids.label(), label))).expect("a label");
    }
    let values = (0..40_u8).flat_map(|at| [f32::from(at % 2) * 3.0, f32::from(at) * 0.001]);
    (Town { project, ids, regions }, Table::new(2, values.collect()).expect("a table"))
}

fn truth(at: usize) -> &'static str {
    if at.is_multiple_of(2) { "destroyed" } else { "no damage" }
}

#[test]
fn what_nobody_labelled_gets_a_prediction_with_probabilities_and_labels_stay() {
    let (mut town, table) = town(30);
    let wanted = Wanted::default();
    let advice = advise(&town.project, &table, &town.regions, &wanted, ALWAYS).expect("advice");
    assert_eq!((advice.labelled, advice.suggestions.len(), advice.examined.accuracy), (30, 10, 1.0));
    assert!(advice.examined.commonest < 0.6);
    let mut propose = |project: &Project, least| {
        proposed_labels(project, &advice.classes, &advice.suggestions, least, (&mut town.ids, 5))
    };
    let made = propose(&town.project, 0.6);
    assert_eq!((made.by_class.values().sum::<usize>(), made.abstained), (10, 0));
    let before: Vec<Arc<Label>> = town.project.labels().values().cloned().collect();
    town.project.apply(&made.edit.expect("an edit")).expect("it applies");
    for (at, id) in town.regions.iter().enumerate() {
        let said =
            town.project.label_by(*id, &Author::new(similar::AUTHOR)).map(|(_, label)| Arc::clone(label));
        assert_eq!(said.is_some(), at >= 30, "region {at}");
        if let Some(said) = said {
            assert_eq!(said.class.as_str(), truth(at));
            assert_eq!(said.shares().len(), 2, "{}", said.note);
            assert!(said.author.is_model() && said.confidence.is_some_and(|p| p > 0.9 && p < 1.0));
        }
    }
    assert!(before.iter().all(|label| town.project.labels().values().any(|held| held == label)));
    assert!(propose(&town.project, 0.6).edit.is_none(), "the same again changes nothing");
    // Asked to be surer than it is, it takes back what it said.
    let taken = propose(&town.project, 0.999);
    assert_eq!(taken.abstained, 10);
    town.project.apply(&taken.edit.expect("an edit")).expect("it applies");
    assert_eq!(town.project.labels().len(), 30);
}

#[test]
fn no_labels_and_labels_of_one_class_are_refused() {
    let advice = |labelled| {
        let (town, table) = town(labelled);
        advise(&town.project, &table, &town.regions, &Wanted::default(), ALWAYS).map(|_| ())
    };
    assert_eq!(advice(0), Err(SimilarError::NoLabels { accepted: false }));
    assert_eq!(advice(1), Err(SimilarError::OneClass));
    assert_eq!(advice(2), Ok(()));
    let (town, table) = town(30);
    let wanted = Wanted { accepted: true, ..Wanted::default() };
    let refused = advise(&town.project, &table, &town.regions, &wanted, ALWAYS).map(|_| ());
    assert_eq!(refused, Err(SimilarError::NoLabels { accepted: true }));
}
