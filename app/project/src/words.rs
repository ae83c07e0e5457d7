//! Names that many things share: authors, classes, sources. A million labels by one author hold that name once.

use std::cell::RefCell;
use std::sync::Arc;

use serde::{Deserializer, de};

/// Names remembered at a time; a project has a handful of each kind.
const REMEMBERED: usize = 256;

thread_local! {
    static RECENT: RefCell<Vec<Option<Arc<str>>>> = const { RefCell::new(Vec::new()) };
}

/// The text in memory that others of the same text have too, where one was asked for lately.
pub(crate) fn shared(text: &str) -> Arc<str> {
    RECENT.with_borrow_mut(|recent| {
        if recent.is_empty() {
            recent.resize(REMEMBERED, None);
        }
        let slot = &mut recent[place(text)];
        match slot {
            Some(known) if **known == *text => Arc::clone(known),
            _ => Arc::clone(slot.insert(Arc::from(text))),
        }
    })
}

/// FNV-1a, folded to a slot.
fn place(text: &str) -> usize {
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
    }
    (hash >> 32) as usize % REMEMBERED
}

/// Reads a text and shares it.
pub(crate) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
    struct Text;
    impl de::Visitor<'_> for Text {
        type Value = Arc<str>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a text")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Arc<str>, E> {
            Ok(shared(text))
        }
    }
    deserializer.deserialize_str(Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_one_and_others_are_themselves() {
        let (first, second) = (shared("destroyed"), shared("destroyed"));
        assert!(Arc::ptr_eq(&first, &second));
        for n in 0..2_000 {
            let name = format!("member {n}");
            assert_eq!(*shared(&name), *name);
        }
        assert_eq!(*shared(""), *"");
    }
}
