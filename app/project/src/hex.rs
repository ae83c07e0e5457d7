//! Thirty-two bytes that name something for good: the hash of an entry, the public key of a member. Text is lower-case
//! hexadecimal.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why a text is not thirty-two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("64 hexadecimal digits are expected")]
pub struct NotHex;

fn parse(text: &str) -> Result<[u8; 32], NotHex> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let digits = digits.filter(|digits| digits.len() == 64).ok_or(NotHex)?;
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = pair[0] << 4 | pair[1];
    }
    Ok(bytes)
}

macro_rules! thirty_two_bytes {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The first eight digits: enough for a person to tell two apart.
            pub fn short(self) -> String {
                self.to_string().chars().take(8).collect()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.short())
            }
        }

        impl FromStr for $name {
            type Err = NotHex;

            fn from_str(text: &str) -> Result<Self, NotHex> {
                parse(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

thirty_two_bytes!(
    /// The hash that an entry has in the journal it was first written to: SHA-256 over the hash of the entry before and
    /// everything it says, so that it names all that its author had before them.
    EntryHash
);
thirty_two_bytes!(
    /// A member's public Ed25519 key.
    MemberKey
);
thirty_two_bytes!(
    /// SHA-256 over what a sealed vote says and its salt.
    Seal
);

thirty_two_bytes!(
    /// What makes the seal of a vote impossible to guess.
    Salt
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_from_their_text_and_anything_else_is_refused() {
        let hash = EntryHash(std::array::from_fn(|i| i as u8 * 7));
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_eq!(hash.short(), "00070e15");
        let json = serde_json::to_string(&hash).expect("text");
        assert_eq!(serde_json::from_str::<EntryHash>(&json).expect("read"), hash);
        let odd = "é".repeat(32);
        for wrong in ["", "00", &"g".repeat(64), &"0".repeat(66), &odd] {
            assert_eq!(wrong.parse::<EntryHash>(), Err(NotHex), "{wrong}");
        }
    }
}
