//! What can be asked about a region by name.

/// Which fact a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldId {
    Class,
    Predicted,
    Confidence,
    PredictedConfidence,
    PredictedBy,
    Entropy,
    Area,
    Perimeter,
    Corners,
    Author,
    LabelledBy,
    Note,
    Seconds,
    Source,
    SourceId,
    Layer,
    Shape,
    State,
    Labelled,
    Incomplete,
    Settled,
    Returned,
    Differs,
    Disagreement,
    Labels,
    Votes,
    Relation,
    SubjectOf,
    ObjectOf,
    Relations,
    Related,
    Misfit,
    ViewDisagreement,
    ViewDistance,
    SchemaVersion,
    Doubt,
    Created,
    LabelledAt,
    Edited,
    Id,
}

/// What the values of a field are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A class of the schema; one with children stands for them too.
    Class,
    /// A predicate of the schema.
    Predicate,
    /// A person or a model.
    Person,
    Number,
    /// 0 to 1, or per cent.
    Share,
    /// Square metres, or another unit that is named.
    Area,
    /// Metres, or another unit that is named.
    Length,
    /// A day or a moment (UTC).
    Time,
    Text,
    Layer,
    Shape,
    State,
    /// Yes or no.
    Flag,
}

/// A name that means something in a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    pub name: &'static str,
    /// What else it is called.
    pub aliases: &'static [&'static str],
    /// One phrase, for lists and tooltips.
    pub meaning: &'static str,
    pub id: FieldId,
    pub(crate) kind: Kind,
}

macro_rules! fields {
    ($($name:literal $aliases:expr, $id:ident $kind:ident, $meaning:literal;)*) => {
        /// Every field, in the order of lists.
        pub const FIELDS: &[Field] = &[$(Field {
            name: $name,
            aliases: &$aliases,
            meaning: $meaning,
            id: FieldId::$id,
            kind: Kind::$kind,
        },)*];
    };
}

fields! {
    "class" [], Class Class, "what it counts as: what review settled, else the newest label; with its subclasses";
    "area_m2" ["area"], Area Area, "area on the ground in m²; also 0.5 ha, 2 km2";
    "perimeter_m" ["perimeter", "length_m", "length"], Perimeter Length, "length of all its edges in m; also 2 km";
    "confidence" [], Confidence Share, "how sure the label's author was, 0 to 1 or per cent";
    "author" [], Author Person, "who gave the label that counts; me is you";
    "labelled" ["labeled"], Labelled Flag, "somebody has labelled it";
    "labelled_by" ["labeled_by"], LabelledBy Person, "anybody who has labelled it; me is you";
    "predicted" ["prediction"], Predicted Class, "what the newest prediction says";
    "predicted_confidence" ["score"], PredictedConfidence Share, "how sure the prediction is, 0 to 1 or per cent";
    "predicted_by" ["model"], PredictedBy Person, "which model the newest prediction is of";
    "entropy" [], Entropy Number, "how undecided the prediction is, in bits: 0 sure, 1 as between two classes";
    "differs" ["model_differs"], Differs Flag, "prediction and label name different classes";
    "doubt" [], Doubt Number, "how surely the prediction says otherwise: 1 sure of another class, 0 sure of the same";
    "state" ["stage"], State State, "where it stands in review, such as disputed";
    "incomplete" [], Incomplete Flag, "its class asks for an attribute that has no value that fits";
    "settled" ["accepted"], Settled Flag, "review has settled its class";
    "returned" [], Returned Flag, "it came back from review to you";
    "disagreement" [], Disagreement Number, "how much its judges differ, 0 to 1";
    "layer" [], Layer Layer, "the layer it was drawn on or imported for";
    "source" [], Source Text, "where its shape came from, such as custom";
    "source_id" [], SourceId Text, "the id in the file it came from";
    "shape" [], Shape Shape, "point, line, polygon, or several of these";
    "corners" [], Corners Number, "corners of its shape";
    "note" [], Note Text, "what the label's author noted";
    "seconds" [], Seconds Number, "seconds spent on the label";
    "labels" [], Labels Number, "how many labels it has, predictions included";
    "votes" [], Votes Number, "how many votes were cast on it";
    "relation" [], Relation Predicate, "how it stands to another region, or another to it, such as over";
    "subject_of" [], SubjectOf Predicate, "how it stands to another region";
    "object_of" [], ObjectOf Predicate, "how another region stands to it";
    "relations" [], Relations Number, "how many relations it has, either way";
    "related" [], Related Flag, "it has a relation";
    "misfit" [], Misfit Flag, "a relation of it is not meant for the classes of its regions";
    "view_disagreement" [], ViewDisagreement Number, "the share of pairs of its views whose labels differ";
    "view_distance" [], ViewDistance Number, "how far its views differ on the scale, on average";
    "schema_version" [], SchemaVersion Number, "the version of the classes that its label was given under";
    "created" [], Created Time, "when it was made, such as 2026-01-31 (UTC)";
    "labelled_at" ["labeled_at"], LabelledAt Time, "when its label was given (UTC)";
    "edited" [], Edited Time, "when it or a label of it last changed (UTC)";
    "id" [], Id Text, "its identity";
}

impl Field {
    /// The field of a name, whatever the case.
    pub fn of(name: &str) -> Option<&'static Self> {
        let is = |known: &str| known.eq_ignore_ascii_case(name);
        FIELDS.iter().find(|field| is(field.name) || field.aliases.iter().any(|alias| is(alias)))
    }
}
