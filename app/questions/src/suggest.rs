//! Wrong options that could be right: near numbers, or other names of what is cited.

use project::Question;
use project::question::{Answer, QuestionKind};

/// Options that a question is filled up to.
const FULL: usize = 4;

/// Fills a question for one or several of several options up to four: beside a number with near ones, all in order; beside words with
/// other `names`, as its evidence has them. What is marked as right stays so. The same question and names give the
/// same options.
pub fn suggest_options(question: &mut Question, names: &[String]) {
    if !matches!(question.kind, QuestionKind::SingleChoice | QuestionKind::MultipleChoice) {
        return;
    }
    let marked =
        if let Some(Answer::Options(places)) = &question.answer { places.clone() } else { Vec::new() };
    let mut options: Vec<(String, bool)> = (0..)
        .zip(std::mem::take(&mut question.options))
        .map(|(place, option): (u32, String)| (option, marked.contains(&place)))
        .filter(|(option, right)| *right || !option.trim().is_empty())
        .collect();
    let first =
        options.iter().find(|(_, right)| *right).or(options.first()).map(|(option, _)| option.clone());
    let number = first.as_deref().and_then(number);
    let near = number.map(|(number, digits)| near(number, digits, marked.first().copied().unwrap_or(0)));
    for option in near.as_deref().unwrap_or(names) {
        let known = options.iter().any(|(held, _)| held.trim().eq_ignore_ascii_case(option.trim()));
        if options.len() < FULL && !known && !option.trim().is_empty() {
            options.push((option.trim().to_owned(), false));
        }
    }
    let of = |option: &str| self::number(option).map(|(number, _)| number);
    if number.is_some() && options.iter().all(|(option, _)| of(option).is_some()) {
        options.sort_by(|(a, _), (b, _)| of(a).unwrap_or(0.0).total_cmp(&of(b).unwrap_or(0.0)));
    }
    // Fields for a person to fill, where nothing is known.
    options.extend((options.len()..2).map(|_| (String::new(), false)));
    if matches!(question.answer, Some(Answer::Options(_))) {
        let right = (0..).zip(&options).filter(|(_, (_, right))| *right).map(|(place, _)| place);
        question.answer =
            Some(Answer::options(right)).filter(|answer| *answer != Answer::Options(Vec::new()));
    }
    question.options = options.into_iter().map(|(option, _)| option).collect();
}

/// A number with how many digits stand behind its point.
fn number(text: &str) -> Option<(f64, usize)> {
    let text = text.trim();
    let number: f64 = text.parse().ok()?;
    let digits = text.split_once('.').map_or(0, |(_, behind)| behind.len());
    (number.is_finite() && number.abs() < 1e9 && digits <= 6 && !text.contains(['e', 'E']))
        .then_some((number, digits))
}

/// Near numbers with as many digits, `turn` says how many of the first three are below; none is negative beside one that
/// is not.
fn near(number: f64, digits: usize, turn: u32) -> Vec<String> {
    let unit = 10_f64.powi(-(digits as i32));
    let step = ((number.abs() * 0.1 / unit).round() * unit).max(unit);
    let below = turn as usize % FULL;
    let lower = (1..=FULL).map(|n| number - step * n as f64).filter(|one| *one >= 0.0 || number < 0.0);
    let mut all: Vec<f64> = lower.take(below).collect();
    all.extend((1..=FULL).map(|n| number + step * n as f64));
    all.iter().map(|one| format!("{one:.digits$}")).collect()
}

#[cfg(test)]
mod tests {
    use project::Author;

    use super::*;

    fn question(options: &[&str], right: Option<u32>) -> Question {
        let mut question = Question::new("Which?", QuestionKind::SingleChoice, Author::new("Ana"));
        question.options = options.iter().map(|option| (*option).to_owned()).collect();
        question.answer = right.map(|right| Answer::Options(vec![right]));
        question
    }

    fn filled(options: &[&str], right: Option<u32>, names: &[&str]) -> (Vec<String>, Option<String>) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut question = question(options, right);
        suggest_options(&mut question, &names);
        assert_eq!(question.fault(), None);
        (question.options.clone(), question.answer_text())
    }

    #[test]
    fn a_number_gets_near_ones_in_order_and_stays_right() {
        let (options, right) = filled(&["", "2", ""], Some(1), &["a"]);
        assert_eq!((options.join(" "), right.as_deref()), ("1 2 3 4".to_owned(), Some("2")));
        let (options, right) = filled(&["120.0"], Some(0), &[]);
        assert_eq!(
            (options.join(" "), right.as_deref()),
            ("120.0 132.0 144.0 156.0".to_owned(), Some("120.0"))
        );
        let (options, _) = filled(&["0", "7"], Some(0), &[]);
        assert_eq!(options, ["0", "1", "2", "7"]);
        assert_eq!(filled(&["a", "b", "c", "5"], Some(3), &[]).0, ["a", "b", "c", "5"], "full already");
    }

    #[test]
    fn words_get_other_names_of_what_is_cited_once_each() {
        let names = ["Tea Room", "bean house", "", "Inn", "Bar", "Kiosk"];
        let (options, right) = filled(&["Bean House", ""], Some(0), &names);
        assert_eq!(options, ["Bean House", "Tea Room", "Inn", "Bar"]);
        assert_eq!(right.as_deref(), Some("Bean House"));
        let (options, right) = filled(&["", ""], None, &[]);
        assert_eq!((options, right), (vec![String::new(), String::new()], None));
    }
}
