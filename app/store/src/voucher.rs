//! What leaves a project and comes back: texts that a member's key vouches for, and where a journal was.

use std::path::Path;

use ed25519_dalek::{Signature, VerifyingKey};
use project::{Author, MemberKey, Project, Salt, Seq};
use rusqlite::OptionalExtension as _;

use crate::journal::{self, Hash};
use crate::{Session, Signer, StoreError, connect};

/// What is signed is this and the text, so that the signature means nothing as one of an entry.
const DOMAIN: &[u8] = b"orthoscope text 1";

fn message(text: &str) -> Vec<u8> {
    [DOMAIN, text.as_bytes()].concat()
}

impl Signer {
    /// A signature over a text: 128 hexadecimal digits.
    pub fn sign_text(&self, text: &str) -> String {
        let signature = self.sign_bytes(&message(text));
        let (mut a, mut b) = ([0; 32], [0; 32]);
        a.copy_from_slice(&signature[..32]);
        b.copy_from_slice(&signature[32..]);
        format!("{}{}", Salt(a), Salt(b))
    }
}

/// True when a signature over a text is by a key.
pub fn is_signed_by(text: &str, key: &MemberKey, signature: &str) -> bool {
    let half = |range: std::ops::Range<usize>| -> Option<Salt> { signature.get(range)?.parse().ok() };
    let (Some(a), Some(b), 128) = (half(0..64), half(64..128), signature.len()) else { return false };
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&a.0);
    bytes[32..].copy_from_slice(&b.0);
    let Ok(key) = VerifyingKey::from_bytes(&key.0) else { return false };
    key.verify_strict(&message(text), &Signature::from_bytes(&bytes)).is_ok()
}

/// Whose word a signed text is in a project: a member's who was not removed, or this program's own.
pub fn signed_in(
    project: &Project,
    own: Option<&Signer>,
    text: &str,
    key: &MemberKey,
    signature: &str,
) -> Option<Author> {
    if !is_signed_by(text, key, signature) {
        return None;
    }
    let member =
        project.members().get(key).filter(|member| !member.removed).map(|member| member.name.clone());
    let known = project.members().contains_key(key);
    let here = || own.filter(|own| own.public() == *key && !known).map(|_| Author::new("this program"));
    member.or_else(here)
}

impl Session {
    /// What the project is called for good, in whichever copy.
    pub fn project_id(&self) -> &str {
        &self.project_id
    }

    /// The key that entries are signed with.
    pub fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref().map(|(signer, _)| signer)
    }
}

/// The last entry of a project's journal on the disk, and its hash in lower-case hex.
pub fn journal_end(path: &Path) -> Result<(Seq, String), StoreError> {
    let sql = |e| StoreError::sqlite("read", path, e);
    let db = connect::reading(path)?;
    let head = journal::newest(&db).map_err(sql)?;
    Ok((head.seq, Salt(head.hash).to_string()))
}

/// The hash of an entry in lower-case hex; `None` where the journal has none of this number.
pub fn journal_hash_at(path: &Path, seq: Seq) -> Result<Option<String>, StoreError> {
    let sql = |e| StoreError::sqlite("read", path, e);
    let db = connect::reading(path)?;
    let found: Option<Hash> = db
        .query_row("SELECT hash FROM entry WHERE seq = ?", [seq as i64], |row| row.get(0))
        .optional()
        .map_err(sql)?;
    Ok(found.map(|hash| Salt(hash).to_string()))
}

#[cfg(test)]
mod tests {
    use project::Member;

    use super::*;

    #[test]
    fn a_text_is_signed_by_its_key_alone_and_by_members_only() {
        let folder = tempfile::tempdir().expect("folder");
        let (ana, ben) = (Signer::seeded(1, folder.path()), Signer::seeded(2, folder.path()));
        let signature = ana.sign_text("so many cases");
        assert!(is_signed_by("so many cases", &ana.public(), &signature));
        assert!(!is_signed_by("so many cases ", &ana.public(), &signature));
        assert!(!is_signed_by("so many cases", &ben.public(), &signature));
        for broken in ["", "00", &signature[1..], &signature.replace(char::is_numeric, "ä")] {
            assert!(!is_signed_by("so many cases", &ana.public(), broken), "{broken}");
        }
        let mut project = Project::new();
        let who = |project: &Project| signed_in(project, None, "so many cases", &ana.public(), &signature);
        assert_eq!(who(&project), None, "nobody of the project");
        let own = signed_in(&project, Some(&ana), "so many cases", &ana.public(), &signature);
        assert!(own.is_some(), "this program's own");
        let member = Member::joining(&project, ana.public(), Author::new("Ana"));
        project.record_member(member.clone()).expect("joins");
        assert_eq!(who(&project), Some(Author::new("Ana")));
        project.record_member(Member { removed: true, ..member }).expect("removed");
        assert_eq!(who(&project), None);
        let own = signed_in(&project, Some(&ana), "so many cases", &ana.public(), &signature);
        assert_eq!(own, None, "who was removed is not let in by the back door");
    }
}
