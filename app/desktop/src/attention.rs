//! How long somebody has been at work: time passes while the window has the keyboard and something was pressed or moved
//! lately, by a clock that never goes backwards.

use std::time::{Duration, Instant};

/// After so long without a key or a movement nobody is taken to be there.
pub const IDLE: Duration = Duration::from_secs(30);

/// Counts the time at work.
#[derive(Clone, Debug, Default)]
pub struct Attention {
    active: Duration,
    at: Option<Instant>,
    heard: Option<Instant>,
    focused: bool,
}

impl Attention {
    /// Takes in that it is now `now`, whether there was input since the last time, and whether the window has the
    /// keyboard.
    pub fn tick(&mut self, now: Instant, input: bool, focused: bool) {
        if let (Some(at), Some(heard), true) = (self.at, self.heard, self.focused) {
            self.active += now.min(heard + IDLE).saturating_duration_since(at);
        }
        if focused && (input || !self.focused) {
            self.heard = Some(now);
        }
        self.focused = focused;
        self.at = Some(now);
    }

    /// Time at work so far.
    pub fn active(&self) -> Duration {
        self.active
    }

    /// True while somebody is taken to be there.
    pub fn is_there(&self) -> bool {
        self.focused && self.at.zip(self.heard).is_some_and(|(at, heard)| at < heard + IDLE)
    }

    /// Time at work since a moment of [`Attention::active`], in seconds to a tenth.
    pub fn seconds_since(&self, since: Duration) -> f64 {
        (self.active.saturating_sub(since).as_secs_f64() * 10.0).round() / 10.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_passes_while_somebody_works_and_stands_still_while_nobody_does() {
        let start = Instant::now();
        let at = |s: u64| start + Duration::from_secs(s);
        let mut attention = Attention::default();
        attention.tick(at(0), true, true);
        attention.tick(at(10), true, true);
        assert_eq!(attention.active().as_secs(), 10);
        // A coffee: of two minutes without a key the first half minute counts.
        attention.tick(at(130), true, true);
        assert_eq!(attention.active().as_secs(), 40);
        // Frames that come by themselves are no sign of anybody.
        attention.tick(at(135), false, true);
        attention.tick(at(175), false, true);
        attention.tick(at(200), false, true);
        assert_eq!(attention.active().as_secs(), 70);
        assert!(!attention.is_there());
        attention.tick(at(201), true, true);
        assert!(attention.is_there());
        // Another window is in front.
        attention.tick(at(205), false, false);
        assert_eq!(attention.active().as_secs(), 74);
        attention.tick(at(900), true, false);
        assert!(!attention.is_there());
        attention.tick(at(1000), false, true);
        assert_eq!(attention.active().as_secs(), 74, "coming back is input, being away is not time");
        attention.tick(at(1002), false, true);
        assert_eq!(attention.seconds_since(Duration::from_secs(70)), 6.0);
    }
}
