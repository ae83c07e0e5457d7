//! A model drafts questions from chosen evidence, as proposals.

use project::ResponseId;
use project::question::{Context, Evidence};
use questions::{Given, Proposals, Wish, proposals};

use super::asker::{Asker, Keeper, Next, Tally, Trouble};
use super::{Forecast, Terms};
use crate::{AskError, Keys, Network};

/// What a model is to draft, and from what.
#[derive(Clone, Debug)]
pub struct Commission {
    pub terms: Terms,
    pub wish: Wish,
    /// What the model is given: text from services, files and labels.
    pub context: Context,
    /// What that text came from.
    pub evidence: Vec<Evidence>,
}

/// What drafting came to.
#[derive(Clone, Debug)]
pub struct Proposed {
    pub tally: Tally,
    /// The kept reply; `None` where there is none.
    pub response: Option<ResponseId>,
    /// What it proposes; an error where it is not what was asked for.
    pub read: Result<Proposals, String>,
}

impl Commission {
    /// What asking would take, without asking.
    pub fn foretell(&self, project: &project::Project) -> Result<Forecast, AskError> {
        let chat = self.terms.chat(&self.wish.request(&self.context.text))?;
        let mut found = Forecast::default();
        if chat.held(project).is_some() {
            found.kept = 1;
        } else {
            found.add(&chat);
        }
        Ok(found)
    }

    /// Asks once, or takes the kept reply, and reads it. Nothing of it is a question of the project yet.
    pub fn give<K: Keeper>(
        &self,
        network: &Network,
        keys: &dyn Keys,
        keeper: &mut K,
    ) -> Result<Proposed, K::Fault> {
        let mut asker = Asker::new(&self.terms, network, keys, keeper);
        let next = match asker.one(&self.wish.request(&self.context.text)) {
            Ok(next) => next,
            Err(Trouble::Ask(error)) => return Err(error.into()),
            Err(Trouble::Keeper(fault)) => return Err(fault),
        };
        let mut tally = asker.tally;
        let (response, read) = match next {
            Next::Said(id, said) => {
                tally.cut += usize::from(said.is_cut);
                let given = Given {
                    context: self.context.clone(),
                    evidence: self.evidence.clone(),
                    model: self.terms.manner.model.clone(),
                    response: Some(id),
                };
                let read = proposals(&said.text, &self.wish, &given, keeper.project());
                let cut = if said.is_cut { "; it was cut off at its longest" } else { "" };
                (Some(id), read.map_err(|why| format!("{why}{cut}")))
            }
            Next::Without => (None, Err("nothing is kept for this, and nothing was to be sent".to_owned())),
            Next::Stop(why) => {
                tally.stopped = Some(why.clone());
                (None, Err(why))
            }
        };
        Ok(Proposed { tally, response, read })
    }
}
