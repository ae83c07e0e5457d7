//! Identities: UUID v7, allocated by whoever creates a thing and stored in the edit, so redo keeps them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps an existing UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

identity!(
    /// Identity of a region.
    RegionId
);
identity!(
    /// Identity of a label.
    LabelId
);
identity!(
    /// Identity of a layer.
    LayerId
);
identity!(
    /// Identity of a vote.
    VoteId
);
identity!(
    /// Identity of an adjustment.
    AdjustmentId
);
identity!(
    /// Identity of a relation.
    RelationId
);
identity!(
    /// Identity of a screening.
    ScreeningId
);
identity!(
    /// Identity of a question.
    QuestionId
);
identity!(
    /// Identity of a run: what one model answered, asked one way.
    RunId
);

identity!(
    /// Identity of a response of a service.
    ResponseId
);
identity!(
    /// Identity of an assignment: work that was handed out.
    AssignmentId
);
identity!(
    /// Identity of a remark.
    RemarkId
);
identity!(
    /// Identity of a conflict: by the entry that it is about, the same on every computer.
    ConflictId
);

/// Hands out identities. The program seeds it with the time and random bits; tests with fixed numbers.
///
/// Identities of one source sort in the order in which they were handed out.
#[derive(Clone, Debug)]
pub struct IdSource {
    unix_ms: u64,
    state: u64,
    counter: u64,
}

impl IdSource {
    /// `unix_ms` is the time that the identities carry; `seed` makes them differ between processes.
    pub fn new(unix_ms: u64, seed: u64) -> Self {
        Self { unix_ms, state: seed, counter: 0 }
    }

    /// Moves the time of the identities to come. A clock that went backwards is ignored.
    pub fn set_time(&mut self, unix_ms: u64) {
        if unix_ms > self.unix_ms {
            self.unix_ms = unix_ms;
            self.counter = 0;
        }
    }

    pub fn region(&mut self) -> RegionId {
        RegionId(self.next_uuid())
    }

    pub fn label(&mut self) -> LabelId {
        LabelId(self.next_uuid())
    }

    pub fn layer(&mut self) -> LayerId {
        LayerId(self.next_uuid())
    }

    pub fn vote(&mut self) -> VoteId {
        VoteId(self.next_uuid())
    }

    pub fn adjustment(&mut self) -> AdjustmentId {
        AdjustmentId(self.next_uuid())
    }

    pub fn relation(&mut self) -> RelationId {
        RelationId(self.next_uuid())
    }

    pub fn screening(&mut self) -> ScreeningId {
        ScreeningId(self.next_uuid())
    }

    pub fn response(&mut self) -> ResponseId {
        ResponseId(self.next_uuid())
    }

    pub fn question(&mut self) -> QuestionId {
        QuestionId(self.next_uuid())
    }

    pub fn assignment(&mut self) -> AssignmentId {
        AssignmentId(self.next_uuid())
    }

    pub fn remark(&mut self) -> RemarkId {
        RemarkId(self.next_uuid())
    }

    pub fn run(&mut self) -> RunId {
        RunId(self.next_uuid())
    }

    /// RFC 9562 §5.7, with a 26-bit counter in the leading random bits so that order is kept within a
    /// millisecond.
    fn next_uuid(&mut self) -> Uuid {
        self.counter += 1;
        if self.counter >= 1 << 26 {
            self.unix_ms += 1;
            self.counter = 1;
        }
        // SplitMix64: enough to keep two processes apart; identities are not secrets.
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        let mut random = [0_u8; 10];
        // rand_a (12 bits) then rand_b (62 bits); the builder masks version and variant.
        let (high, low) = ((self.counter >> 14) as u16, (self.counter & 0x3FFF) as u16);
        random[..2].copy_from_slice(&high.to_be_bytes());
        random[2..4].copy_from_slice(&low.to_be_bytes());
        random[4..].copy_from_slice(&z.to_be_bytes()[..6]);
        Builder::from_unix_timestamp_millis(self.unix_ms, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_sort_in_the_order_they_were_handed_out() {
        let mut ids = IdSource::new(1_700_000_000_000, 7);
        let handed: Vec<RegionId> = (0..50_000).map(|_| ids.region()).collect();
        assert!(handed.windows(2).all(|w| w[0] < w[1]));
        assert_eq!(handed[0].uuid().get_version_num(), 7);
    }

    #[test]
    fn two_processes_do_not_collide() {
        let (mut a, mut b) = (IdSource::new(5, 1), IdSource::new(5, 2));
        assert_ne!(a.region(), b.region());
    }
}
