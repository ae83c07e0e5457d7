//! Models that are asked from the window: whom, how, within which budget, and how far that is.

use std::path::PathBuf;

use places::{AskError, Endpoint, Forecast, Interview, Manner, Tally, Terms, Way, usual_pace};
use project::{QuestionId, Seq};
use questions::{Filter, Prompt, Wish};

/// What is typed about the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelForm {
    pub address: String,
    pub model: String,
    /// The name of the secret that the endpoint wants; never the secret.
    pub key: String,
    pub prompts: Vec<Prompt>,
    /// Orders of the options beside the one in which they stand.
    pub orders: u32,
    /// Tokens; 0: no limit.
    pub budget: u64,
    /// Tokens of the longest reply to a question.
    pub longest: u32,
}

impl Default for ModelForm {
    fn default() -> Self {
        Self {
            address: String::new(),
            model: String::new(),
            key: String::new(),
            prompts: vec![Prompt::default()],
            orders: 0,
            budget: 200_000,
            longest: 1_024,
        }
    }
}

/// Tokens of the longest reply that holds drafted questions.
const LONGEST_DRAFT: u32 = 4_096;

impl ModelForm {
    /// True once it says whom to ask.
    pub fn is_filled(&self) -> bool {
        !self.address.trim().is_empty() && !self.model.trim().is_empty()
    }

    /// Whom to ask for answers.
    pub fn terms(&self, offline: bool) -> Result<Terms, AskError> {
        let key = Some(self.key.trim()).filter(|name| !name.is_empty());
        let endpoint = Endpoint::new(self.address.trim(), key, usual_pace())?;
        let manner = Manner { max_tokens: self.longest, ..Manner::new(self.model.trim()) };
        let budget = (self.budget > 0).then_some(self.budget);
        Ok(Terms { endpoint, manner, budget, offline })
    }

    /// Whom to ask for questions: these take longer replies.
    pub fn drafting_terms(&self, offline: bool) -> Result<Terms, AskError> {
        let mut terms = self.terms(offline)?;
        terms.manner.max_tokens = terms.manner.max_tokens.max(LONGEST_DRAFT);
        Ok(terms)
    }

    /// Every way in which it is asked: as the options stand, and in so many other orders.
    pub fn ways(&self) -> Vec<Way> {
        let seeds: Vec<u64> = (1..=u64::from(self.orders)).collect();
        let mut ways = Interview::ways(&self.prompts, &[]);
        if !seeds.is_empty() {
            ways.extend(Interview::ways(&self.prompts, &seeds));
        }
        ways
    }
}

/// What asking would take.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Questions of the list that somebody stands for.
    pub questions: Vec<QuestionId>,
    pub forecast: Result<Forecast, AskError>,
    /// Where the secret is: never the secret. `None` where none is named.
    pub key: Option<&'static str>,
}

/// What a forecast is of.
pub(crate) type ExpectedOf = (ModelForm, Filter, PathBuf, Seq, u64);

/// How far asking is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnderWay {
    /// True where questions are drafted, and none answered.
    pub drafts: bool,
    /// The way that is asked now, and how many of its questions are done.
    pub way: String,
    pub n: usize,
    pub of: usize,
    pub sent: usize,
    pub kept: usize,
    pub tokens: u64,
    /// Somebody has asked it to stop; what is on its way is waited for.
    pub stops: bool,
}

/// Models as the window asks them.
#[derive(Debug, Default)]
pub struct Models {
    pub form: ModelForm,
    pub wish: Wish,
    pub expected: Option<Expected>,
    pub(crate) expected_of: Option<ExpectedOf>,
    pub under_way: Option<UnderWay>,
    /// What the last call came to.
    pub tally: Option<Tally>,
    pub trouble: Option<AskError>,
}

/// What the panels of models ask for.
#[derive(Clone, Debug)]
pub enum InterviewAsk {
    Form(Box<ModelForm>),
    Wish(Box<Wish>),
    /// Ask the questions of the list.
    Ask,
    /// Have questions drafted from what the editor rests on, else from the view.
    Draft,
    Stop,
    /// Take in what a model answered elsewhere.
    ChooseAnswers,
    /// Take the proposal in the editor over, or reject it.
    Decide {
        takes_over: bool,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_says_whom_to_ask_and_every_way() {
        let mut form = ModelForm::default();
        assert!(!form.is_filled() && form.terms(false).is_err());
        form.address = " http://127.0.0.1:8080/v1 ".into();
        form.model = "toy".into();
        form.prompts = vec![Prompt::Text, Prompt::Blind];
        assert_eq!(form.ways(), [(Prompt::Text, None), (Prompt::Blind, None)]);
        form.orders = 2;
        assert_eq!(form.ways().len(), 6);
        let terms = form.terms(true).expect("sound");
        assert_eq!(
            (terms.budget, terms.offline, terms.endpoint.host()),
            (Some(200_000), true, "127.0.0.1:8080")
        );
        form.budget = 0;
        assert_eq!(form.drafting_terms(false).expect("sound").budget, None);
        assert_eq!(form.drafting_terms(false).expect("sound").manner.max_tokens, 4_096);
        form.key = "sk-s3cr3t".into();
        let error = form.terms(false).expect_err("a key where its name belongs");
        assert!(!error.to_string().contains("s3cr3t"), "{error}");
        form.key = "MY_KEY".into();
        form.address = "http://example.org/v1".into();
        assert!(matches!(form.terms(false), Err(AskError::Plain { .. })));
    }
}
