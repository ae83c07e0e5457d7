//! What the user is told: quietly at the edge of the map, with details, never in the way.

use std::time::{Duration, Instant};

/// How a notice is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    Done,
    Info,
    Warning,
    Problem,
}

/// One thing the user is told.
#[derive(Clone, Debug)]
pub struct Notice {
    pub id: u64,
    pub tone: Tone,
    /// One sentence: what and why.
    pub text: String,
    /// What to do, or the long story; shown on demand.
    pub details: String,
    /// How often the same was said in a row.
    pub times: u32,
    born: Instant,
    /// The details are open.
    pub open: bool,
}

impl Notice {
    /// Good news goes by itself; a problem stays until it is read.
    fn lifetime(&self) -> Option<Duration> {
        match self.tone {
            Tone::Done => Some(Duration::from_secs(4)),
            Tone::Info => Some(Duration::from_secs(8)),
            Tone::Warning => Some(Duration::from_secs(20)),
            Tone::Problem => None,
        }
    }
}

/// The notices on the screen, newest last.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    shown: Vec<Notice>,
    next_id: u64,
}

/// On the screen at the same time; older ones leave first.
const SHOWN: usize = 5;

impl Notices {
    pub fn shown(&self) -> &[Notice] {
        &self.shown
    }

    /// Tells something; the same again only counts up.
    pub fn tell(&mut self, tone: Tone, text: impl Into<String>, details: impl Into<String>) {
        let (text, details) = (text.into(), details.into());
        match tone {
            Tone::Problem => log::error!("{text} {details}"),
            Tone::Warning => log::warn!("{text} {details}"),
            Tone::Done | Tone::Info => log::info!("{text}"),
        }
        if let Some(same) = self.shown.iter_mut().find(|n| n.tone == tone && n.text == text) {
            same.times += 1;
            same.born = Instant::now();
            same.details = details;
            return;
        }
        self.next_id += 1;
        self.shown.push(Notice {
            id: self.next_id,
            tone,
            text,
            details,
            times: 1,
            born: Instant::now(),
            open: false,
        });
        if self.shown.len() > SHOWN {
            let oldest_quiet = self.shown.iter().position(|n| n.tone < Tone::Problem).unwrap_or(0);
            self.shown.remove(oldest_quiet);
        }
    }

    pub fn done(&mut self, text: impl Into<String>) {
        self.tell(Tone::Done, text, "");
    }

    pub fn problem(&mut self, text: impl Into<String>, hint: impl Into<String>) {
        self.tell(Tone::Problem, text, hint);
    }

    pub fn dismiss(&mut self, id: u64) {
        self.shown.retain(|n| n.id != id);
    }

    pub fn toggle_details(&mut self, id: u64) {
        if let Some(notice) = self.shown.iter_mut().find(|n| n.id == id) {
            notice.open = !notice.open;
        }
    }

    /// Drops what has been seen long enough; says when the next one goes.
    pub fn expire(&mut self) -> Option<Duration> {
        let now = Instant::now();
        let left = |n: &Notice| n.lifetime().map(|life| life.saturating_sub(now - n.born));
        self.shown.retain(|n| n.open || left(n) != Some(Duration::ZERO));
        self.shown.iter().filter(|n| !n.open).filter_map(left).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_notice_counts_up_and_a_problem_is_never_pushed_out_by_chatter() {
        let mut notices = Notices::default();
        notices.problem("Cannot read tile 1.", "The file may be incomplete.");
        notices.problem("Cannot read tile 1.", "The file may be incomplete.");
        for n in 0..10 {
            notices.done(format!("Done {n}."));
        }
        let problem = notices.shown().iter().find(|n| n.tone == Tone::Problem);
        assert_eq!(problem.map(|n| n.times), Some(2));
        assert_eq!(notices.shown().len(), SHOWN);
    }
}
