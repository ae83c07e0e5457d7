//! From words to what they mean in a project.

use std::collections::BTreeSet;

use expression::closest;
use project::review::ReviewState;
use project::{Author, Class, ClassCode, PredicateCode, Schema};

use crate::facts::SHAPES;
use crate::field::{FIELDS, Field, FieldId, Kind};
use crate::parse::{Node, Query, Relation, Test, Written};
use crate::test::{AttributeTest, Bounds, Check, End, Fact, FlagFact, NumberFact, On, Pattern, TextFact};
use crate::time::span;
use crate::{Needs, QueryError, Vocabulary};

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asker {
    /// Whom `me` means, and to whom cases are returned.
    pub me: Option<Author>,
}

impl Asker {
    /// By name; an empty one is nobody.
    pub fn new(me: &Author) -> Self {
        Self { me: Some(me.clone()).filter(|me| !me.name().is_empty()) }
    }
}

/// A query whose words are known to mean something: what is asked of the facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub(crate) root: Bound,
    needs: Needs,
}

/// A part of a condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Bound {
    Any(Vec<Bound>),
    All(Vec<Bound>),
    Not(Box<Bound>),
    Check(Check),
}

impl Condition {
    /// Finds out what is meant, or says which word means nothing.
    pub fn new(query: &Query, vocabulary: &Vocabulary, asker: &Asker) -> Result<Self, QueryError> {
        let mut binder = Binder { vocabulary, asker, needs: Needs::default() };
        let root = binder.node(&query.root)?;
        Ok(Self { root, needs: binder.needs })
    }

    /// What must be known about the regions.
    pub fn needs(&self) -> Needs {
        self.needs
    }
}

impl Query {
    /// The same with the name of whoever asks in place of `me`, so that it means the same to everybody.
    #[must_use]
    pub fn naming(&self, asker: &Asker) -> Self {
        let mut named = self.clone();
        if let Some(me) = &asker.me {
            name_me(&mut named.root, me);
        }
        named
    }
}

fn name_me(node: &mut Node, me: &Author) {
    match node {
        Node::Any(parts) | Node::All(parts) => parts.iter_mut().for_each(|part| name_me(part, me)),
        Node::Not(inner) => name_me(inner, me),
        Node::Test(test) => {
            let field = if test.name.quoted { None } else { Field::of(&test.name.text) };
            if field.is_some_and(|field| field.kind == Kind::Person) {
                for value in test.values.iter_mut().filter(|value| value.is_word("me")) {
                    me.name().clone_into(&mut value.text);
                    value.quoted = true;
                }
            }
        }
    }
}

struct Binder<'a> {
    vocabulary: &'a Vocabulary,
    asker: &'a Asker,
    needs: Needs,
}

impl Binder<'_> {
    fn node(&mut self, node: &Node) -> Result<Bound, QueryError> {
        let mut all =
            |parts: &[Node]| parts.iter().map(|part| self.node(part)).collect::<Result<Vec<_>, _>>();
        Ok(match node {
            Node::Any(parts) => Bound::Any(all(parts)?),
            Node::All(parts) => Bound::All(all(parts)?),
            Node::Not(inner) => Bound::Not(Box::new(self.node(inner)?)),
            Node::Test(test) => Bound::Check(self.test(test)?),
        })
    }

    fn test(&mut self, test: &Test) -> Result<Check, QueryError> {
        let field = if test.name.quoted { None } else { Field::of(&test.name.text) };
        if let Some(layer) = test.name.text.strip_prefix("class@") {
            return self.class_in(test, layer);
        }
        let Some(field) = field else { return self.attribute(test) };
        self.needs.measures |= matches!(field.id, FieldId::Area | FieldId::Perimeter);
        self.needs.edits |= field.id == FieldId::Edited;
        if field.kind == Kind::Flag {
            return self.flag(field, test);
        }
        let negated = test.relation.is_negative();
        if test.relation == Relation::Holds {
            return Ok(Check { on: On::Given(fact(field.id)), negated: false });
        }
        if let Some(on) = none(test, || On::Given(fact(field.id))) {
            return Ok(Check { on: on?, negated: !negated });
        }
        let on = match field.kind {
            Kind::Class => {
                let classes = self.classes(test)?;
                On::Class { predicted: field.id == FieldId::Predicted, classes }
            }
            Kind::Predicate => {
                let predicates = self.predicates(test)?;
                On::Predicate { end: end_of(field.id), predicates }
            }
            Kind::Person => {
                let pattern = self.person(test)?;
                match field.id {
                    FieldId::Author => On::Author(pattern),
                    FieldId::PredictedBy => On::PredictedBy(pattern),
                    _ => On::LabelledBy(pattern),
                }
            }
            Kind::Text => match fact(field.id) {
                Fact::Text(text) => On::Text(text, pattern(test)),
                other => On::Given(other),
            },
            Kind::Layer => self.layers(test)?,
            Kind::State => {
                On::State(one_of(test, &ReviewState::ALL.map(|s| [s.key(), s.text()]), "state of review")?)
            }
            Kind::Shape => On::Shape(one_of(test, &SHAPES.map(|s| [s, s]), "shape")?),
            Kind::Number | Kind::Share | Kind::Area | Kind::Length | Kind::Time => match fact(field.id) {
                Fact::Number(number) => On::Number(number, bounds(test, field.kind)?),
                other => On::Given(other),
            },
            Kind::Flag => return self.flag(field, test),
        };
        Ok(Check { on, negated })
    }

    fn flag(&self, field: &Field, test: &Test) -> Result<Check, QueryError> {
        let yes = match (test.relation, &test.values[..]) {
            (Relation::Holds, _) => true,
            (Relation::Equal | Relation::NotEqual, [value]) => {
                let Some(said) = yes_or_no(value) else {
                    let error = value.error(format!("'{}' is yes or no, not {}", field.name, value.shown()));
                    return Err(error.hint(format!("write {0} or not {0}", field.name)));
                };
                said == (test.relation == Relation::Equal)
            }
            _ => {
                let error =
                    test.name.error(format!("'{}' is yes or no and cannot be compared so", field.name));
                return Err(error.hint(format!("write {0} or not {0}", field.name)));
            }
        };
        let on = match field.id {
            FieldId::Settled => On::Flag(FlagFact::Settled),
            FieldId::Differs => On::Flag(FlagFact::Differs),
            FieldId::Incomplete => On::Flag(FlagFact::Incomplete),
            FieldId::Related => On::Flag(FlagFact::Related),
            FieldId::Misfit => On::Flag(FlagFact::Misfit),
            FieldId::Returned => On::Returned(Some(self.me(&test.name)?)),
            _ => On::Flag(FlagFact::Labelled),
        };
        Ok(Check { on, negated: !yes })
    }

    fn me(&self, at: &Written) -> Result<Author, QueryError> {
        let nobody = || at.error("Nobody is known to ask").hint("say who you are, or write a name");
        self.asker.me.clone().ok_or_else(nobody)
    }

    fn person(&self, test: &Test) -> Result<Pattern, QueryError> {
        let mut plain = test.clone();
        for value in &mut plain.values {
            if value.is_word("me") {
                self.me(value)?.name().clone_into(&mut value.text);
            }
        }
        Ok(pattern(&plain))
    }

    fn classes(&self, test: &Test) -> Result<BTreeSet<ClassCode>, QueryError> {
        let Some(schema) = &self.vocabulary.schema else {
            return Err(test.name.error("The project has no classes yet").hint("choose a schema first"));
        };
        let mut found = BTreeSet::new();
        for value in &test.values {
            if matches!(test.relation, Relation::Contains | Relation::Lacks) {
                let part = value.text.to_lowercase();
                let has = |c: &&Class| {
                    c.code.as_str().to_lowercase().contains(&part) || c.name.to_lowercase().contains(&part)
                };
                found.extend(schema.classes.iter().filter(has).map(|c| c.code.clone()));
                continue;
            }
            let Some(class) = schema.find(&value.text) else { return Err(no_class(schema, value)) };
            if matches!(test.relation, Relation::Equal | Relation::NotEqual | Relation::In | Relation::NotIn)
            {
                found.extend(schema.with_descendants(&class.code));
            } else {
                let Some(rank) = class.rank else {
                    let error = value.error(format!("The class {} has no place on a scale", value.shown()));
                    return Err(error.hint("compare it by = or !="));
                };
                let on_side = |c: &&Class| c.rank.is_some_and(|r| side(test.relation, r.cmp(&rank)));
                found.extend(schema.classes.iter().filter(on_side).map(|c| c.code.clone()));
            }
        }
        Ok(found)
    }

    /// `class@post = destroyed`: what one view is said to show.
    fn class_in(&self, test: &Test, layer: &str) -> Result<Check, QueryError> {
        let wanted = layer.to_lowercase();
        let found = self.vocabulary.layers.iter().find(|(_, name)| name.to_lowercase() == wanted);
        let Some(view) = found.map(|(view, _)| *view) else {
            let names: Vec<&str> =
                self.vocabulary.layers.iter().map(|(_, name)| name.as_str()).take(12).collect();
            let error = test.name.error(format!("There is no layer `{layer}`"));
            let hint =
                format!("the layers are {}; a name with blanks is written \"class@name\"", names.join(", "));
            return Err(error.hint(hint));
        };
        if test.relation == Relation::Holds {
            return Ok(Check { on: On::ClassIn { view, classes: BTreeSet::new() }, negated: false });
        }
        let negated = test.relation.is_negative();
        if let Some(on) = none(test, || On::ClassIn { view, classes: BTreeSet::new() }) {
            return Ok(Check { on: on?, negated: !negated });
        }
        Ok(Check { on: On::ClassIn { view, classes: self.classes(test)? }, negated })
    }

    fn predicates(&self, test: &Test) -> Result<BTreeSet<PredicateCode>, QueryError> {
        let known = self.vocabulary.schema.iter().flat_map(|schema| &schema.relations);
        let mut found = BTreeSet::new();
        for value in &test.values {
            let wanted = value.text.to_lowercase();
            let fits = |p: &&project::Predicate| match test.relation {
                Relation::Contains | Relation::Lacks => {
                    p.code.as_str().to_lowercase().contains(&wanted)
                        || p.text().to_lowercase().contains(&wanted)
                }
                _ => {
                    let schema = self.vocabulary.schema.as_ref();
                    schema.and_then(|s| s.find_predicate(&value.text)).is_some_and(|one| one.code == p.code)
                }
            };
            if matches!(
                test.relation,
                Relation::Less | Relation::AtMost | Relation::Greater | Relation::AtLeast
            ) {
                let error = test.name.error(format!("'{}' has no order", test.name.text));
                return Err(error.hint("compare it by = or !=; relations > 2 asks how many there are"));
            }
            let before = found.len();
            found.extend(known.clone().filter(fits).map(|p| p.code.clone()));
            if before == found.len() && !known.clone().any(|p| fits(&p)) {
                let error = value.error(format!("There is no relation {}", value.shown()));
                let words = known.clone().flat_map(|p| [p.code.as_str(), p.text()]);
                if let Some(near) = closest(&value.text, words) {
                    return Err(error.hint(format!("did you mean {near}?")));
                }
                let words: Vec<&str> = known.map(|p| p.code.as_str()).take(12).collect();
                return Err(error.hint(if words.is_empty() {
                    "the classes of the project have no relations yet".to_owned()
                } else {
                    format!("there are {}", words.join(", "))
                }));
            }
        }
        Ok(found)
    }

    fn layers(&self, test: &Test) -> Result<On, QueryError> {
        let pattern = pattern(test);
        let layers = &self.vocabulary.layers;
        let exact = matches!(pattern, Pattern::Is(_));
        if let Some(unknown) =
            test.values.iter().filter(|_| exact).find(|value| {
                !layers.iter().any(|(_, name)| name.to_lowercase() == value.text.to_lowercase())
            })
        {
            let names: Vec<&str> = layers.iter().map(|(_, name)| name.as_str()).take(12).collect();
            let error = unknown.error(format!("There is no layer {}", unknown.shown()));
            return Err(error.hint(format!("the layers are {}", names.join(", "))));
        }
        Ok(On::Layer(layers.iter().filter(|(_, name)| pattern.hold(name)).map(|(id, _)| *id).collect()))
    }

    fn attribute(&self, test: &Test) -> Result<Check, QueryError> {
        let written = test.name.text.as_str();
        let by_prefix = written.strip_prefix("attribute.").filter(|_| !test.name.quoted);
        let name = by_prefix.unwrap_or(written);
        let exact = self.vocabulary.knows(name);
        let any_case = || self.vocabulary.attributes().find(|known| known.eq_ignore_ascii_case(name));
        let Some(name) = exact.then_some(name).or_else(any_case) else {
            return Err(self.no_field(&test.name, name));
        };
        let name = name.to_owned();
        if test.relation == Relation::Holds {
            return Ok(Check { on: On::HasAttribute(name), negated: false });
        }
        let negated = test.relation.is_negative();
        if let Some(on) = none(test, || On::HasAttribute(name.clone())) {
            return Ok(Check { on: on?, negated: !negated });
        }
        let numbers: Option<Vec<f64>> = test.values.iter().map(|v| v.text.trim().parse().ok()).collect();
        let exactly =
            |numbers: &Vec<f64>| Bounds::Within(numbers.iter().map(|n| (*n, n.next_up())).collect());
        let bounds =
            numbers.map(|numbers| sided(test.relation, &numbers).unwrap_or_else(|| exactly(&numbers)));
        let flags = match test.relation {
            Relation::Equal | Relation::NotEqual | Relation::In | Relation::NotIn => {
                test.values.iter().filter_map(yes_or_no).collect()
            }
            _ => Vec::new(),
        };
        let on = On::Attribute(AttributeTest { name, flags, bounds, pattern: Some(pattern(test)) });
        Ok(Check { on, negated })
    }

    fn no_field(&self, at: &Written, name: &str) -> QueryError {
        let error = at.error(format!("There is no field or attribute {}", at.shown()));
        let fields =
            FIELDS.iter().flat_map(|field| std::iter::once(field.name).chain(field.aliases.iter().copied()));
        if let Some(near) = closest(name, fields.chain(self.vocabulary.attributes())) {
            return error.hint(format!("did you mean {near}?"));
        }
        let is_class = self.vocabulary.schema.as_ref().and_then(|schema| schema.find(name));
        match is_class {
            Some(class) => error.hint(format!("write class = {}", crate::print::value(class.code.as_str()))),
            None => error.hint("there are class, area_m2, confidence, author, state, labelled and others"),
        }
    }
}

fn no_class(schema: &Schema, value: &Written) -> QueryError {
    let error = value.error(format!("There is no class {}", value.shown()));
    let codes = schema.classes.iter().map(|c| c.code.as_str());
    let names = schema.classes.iter().map(|c| c.name.as_str());
    if let Some(near) = closest(&value.text, codes).or_else(|| closest(&value.text, names)) {
        return error.hint(format!("did you mean {near}?"));
    }
    let names: Vec<&str> = schema.classes.iter().map(|c| c.code.as_str()).take(12).collect();
    error.hint(format!("the classes are {}; none is without a class", names.join(", ")))
}

/// `= none` and `!= none`: whether there is a value; an error where a list or another relation has it.
fn none(test: &Test, given: impl Fn() -> On) -> Option<Result<On, QueryError>> {
    let none = test.values.iter().find(|value| value.is_word("none"))?;
    if matches!(test.relation, Relation::Equal | Relation::NotEqual) {
        return Some(Ok(given()));
    }
    let error = none.error("'none' is compared by = and != only");
    Some(Err(error.hint(format!("write {0} = none, or put it between quotes", test.name.text))))
}

fn yes_or_no(value: &Written) -> Option<bool> {
    match value.text.to_ascii_lowercase().as_str() {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}

fn side(relation: Relation, order: std::cmp::Ordering) -> bool {
    match relation {
        Relation::Less => order.is_lt(),
        Relation::AtMost => order.is_le(),
        Relation::Greater => order.is_gt(),
        Relation::AtLeast => order.is_ge(),
        _ => order.is_eq(),
    }
}

fn pattern(test: &Test) -> Pattern {
    let small = || test.values.first().map(|v| v.text.to_lowercase()).unwrap_or_default();
    match test.relation {
        Relation::Contains | Relation::Lacks => Pattern::Has(small()),
        Relation::Less => Pattern::Below(small()),
        Relation::AtMost => Pattern::UpTo(small()),
        Relation::Greater => Pattern::Above(small()),
        Relation::AtLeast => Pattern::From(small()),
        _ => Pattern::Is(test.values.iter().map(|v| v.text.to_lowercase()).collect()),
    }
}

/// The bounds of a one-sided comparison.
fn sided(relation: Relation, numbers: &[f64]) -> Option<Bounds> {
    let number = *numbers.first()?;
    match relation {
        Relation::Less => Some(Bounds::Below(number)),
        Relation::AtMost => Some(Bounds::UpTo(number)),
        Relation::Greater => Some(Bounds::Above(number)),
        Relation::AtLeast => Some(Bounds::From(number)),
        _ => None,
    }
}

fn bounds(test: &Test, kind: Kind) -> Result<Bounds, QueryError> {
    if matches!(test.relation, Relation::Contains | Relation::Lacks) {
        let error = test.name.error(format!("'{}' is no text to look in", test.name.text));
        return Err(error.hint("compare it by =, <, <=, > or >="));
    }
    let spans = test.values.iter().map(|value| number(value, kind)).collect::<Result<Vec<_>, _>>()?;
    let Some((from, to)) = spans.first().copied() else { return Ok(Bounds::Within(spans)) };
    Ok(match (test.relation, kind) {
        // What comes after a day is after its end.
        (Relation::Greater, Kind::Time) => Bounds::From(to),
        (Relation::AtMost, Kind::Time) => Bounds::Below(to),
        (relation, _) => sided(relation, &[from]).unwrap_or(Bounds::Within(spans)),
    })
}

/// What a value names: a number and the next, or a span of time.
fn number(value: &Written, kind: Kind) -> Result<(f64, f64), QueryError> {
    if kind == Kind::Time {
        return span(&value.text).ok_or_else(|| {
            value
                .error(format!("{} is no date", value.shown()))
                .hint("write 2026-01-31, 2026-01 or 2026-01-31T14:00")
        });
    }
    let text = value.text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(text.len());
    // An e may begin a unit that there is not; then the whole is no number.
    let (digits, unit) = (text[..end].trim(), text[end..].trim());
    let factor = match (kind, unit) {
        (_, "") | (Kind::Area, "m2" | "m²") | (Kind::Length, "m") => Some(1.0),
        (Kind::Share, "%") | (Kind::Length, "cm") => Some(0.01),
        (Kind::Area, "ha") => Some(1e4),
        (Kind::Area, "km2" | "km²") => Some(1e6),
        (Kind::Length, "km") => Some(1e3),
        _ => None,
    };
    let units = match kind {
        Kind::Share => "write a number from 0 to 1, or per cent such as 60%",
        Kind::Area => "write a number of m², or with ha or km2",
        Kind::Length => "write a number of m, or with cm or km",
        _ => "write a number such as 12 or 0.5",
    };
    match (digits.parse::<f64>().ok().filter(|n| n.is_finite()), factor) {
        (Some(n), Some(factor)) => {
            let n = n * factor;
            Ok((n, n.next_up()))
        }
        (Some(_), None) => {
            Err(value.error(format!("There is no unit '{}' here", shortened(unit))).hint(units))
        }
        _ => Err(value.error(format!("{} is no number", value.shown())).hint(units)),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(24).collect()
}

/// Which of the known names are meant, by their places.
fn one_of<const N: usize>(test: &Test, known: &[[&str; 2]; N], what: &str) -> Result<Vec<bool>, QueryError> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], " ");
    let mut meant = vec![false; N];
    for value in &test.values {
        let wanted = plain(&value.text);
        let fits = |names: &[&str; 2]| match test.relation {
            Relation::Contains | Relation::Lacks => names.iter().any(|name| plain(name).contains(&wanted)),
            _ => names.iter().any(|name| plain(name) == wanted),
        };
        if matches!(test.relation, Relation::Less | Relation::AtMost | Relation::Greater | Relation::AtLeast)
        {
            let error = test.name.error(format!("'{}' has no order", test.name.text));
            return Err(error.hint("compare it by = or !="));
        }
        let before = meant.iter().filter(|m| **m).count();
        meant.iter_mut().zip(known).for_each(|(meant, names)| *meant |= fits(names));
        if before == meant.iter().filter(|m| **m).count()
            && !meant.iter().zip(known).any(|(m, n)| *m && fits(n))
        {
            let names: Vec<&str> = known.iter().map(|names| names[0]).collect();
            let error = value.error(format!("There is no {what} {}", value.shown()));
            return Err(error.hint(format!("there are {}", names.join(", "))));
        }
    }
    Ok(meant)
}

fn end_of(id: FieldId) -> End {
    match id {
        FieldId::SubjectOf => End::From,
        FieldId::ObjectOf => End::To,
        _ => End::Either,
    }
}

fn fact(id: FieldId) -> Fact {
    match id {
        FieldId::Class => Fact::Class,
        // What every region has.
        FieldId::Labelled
        | FieldId::Incomplete
        | FieldId::Settled
        | FieldId::Returned
        | FieldId::Differs
        | FieldId::Related
        | FieldId::Misfit
        | FieldId::State
        | FieldId::Shape => Fact::Always,
        FieldId::Predicted | FieldId::PredictedBy => Fact::Predicted,
        FieldId::Author => Fact::Author,
        FieldId::LabelledBy => Fact::LabelledBy,
        FieldId::Layer => Fact::Layer,
        FieldId::Relation | FieldId::SubjectOf | FieldId::ObjectOf => Fact::Predicate(end_of(id)),
        FieldId::Relations => Fact::Number(NumberFact::Relations),
        FieldId::ViewDisagreement => Fact::Number(NumberFact::ViewDisagreement),
        FieldId::ViewDistance => Fact::Number(NumberFact::ViewDistance),
        FieldId::SchemaVersion => Fact::Number(NumberFact::SchemaVersion),
        FieldId::Confidence => Fact::Number(NumberFact::Confidence),
        FieldId::PredictedConfidence => Fact::Number(NumberFact::PredictedConfidence),
        FieldId::Area => Fact::Number(NumberFact::Area),
        FieldId::Perimeter => Fact::Number(NumberFact::Perimeter),
        FieldId::Corners => Fact::Number(NumberFact::Corners),
        FieldId::Seconds => Fact::Number(NumberFact::Seconds),
        FieldId::Disagreement => Fact::Number(NumberFact::Disagreement),
        FieldId::Labels => Fact::Number(NumberFact::Labels),
        FieldId::Votes => Fact::Number(NumberFact::Votes),
        FieldId::Doubt => Fact::Number(NumberFact::Doubt),
        FieldId::Entropy => Fact::Number(NumberFact::Entropy),
        FieldId::Created => Fact::Number(NumberFact::Created),
        FieldId::LabelledAt => Fact::Number(NumberFact::LabelledAt),
        FieldId::Edited => Fact::Number(NumberFact::Edited),
        FieldId::Note => Fact::Text(TextFact::Note),
        FieldId::Source => Fact::Text(TextFact::Source),
        FieldId::SourceId => Fact::Text(TextFact::SourceId),
        FieldId::Id => Fact::Text(TextFact::Id),
    }
}
