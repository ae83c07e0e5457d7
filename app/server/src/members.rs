//! Members on the server: each is a role of PostgreSQL. Adding them is the work of whoever owns the project's schema.

use postgres::Transaction;
use postgres::error::SqlState;
use project::Role;

use crate::{Connection, ServerError};

/// A member as the server knows them.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RemoteMember {
    /// The role of PostgreSQL.
    pub role: String,
    pub name: String,
    pub part: String,
    pub removed: bool,
}

/// A member who was added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    pub role: String,
    /// The password that was made for a role that there was not; nobody can read it anywhere afterwards.
    pub password: Option<String>,
}

/// What members may do: look through the rules of the rows, and write through the functions.
const GRANTS: [&str; 3] = [
    "GRANT USAGE ON SCHEMA orthoscope TO %I",
    "GRANT SELECT ON orthoscope.about, orthoscope.migration, orthoscope.member, orthoscope.entry, orthoscope.opening, \
     orthoscope.region TO %I",
    "GRANT EXECUTE ON FUNCTION orthoscope.me, orthoscope.is_lead, orthoscope.all_over, orthoscope.any_over_since, \
     orthoscope.append, orthoscope.deposit, orthoscope.lacking, orthoscope.news, orthoscope.govern, \
     orthoscope.put_regions, orthoscope.make_map TO %I",
];

/// The role of a member's name: lower-case letters, digits and underscores.
fn role_of(name: &str) -> Result<String, ServerError> {
    let mut role = String::new();
    for letter in name.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' => role.push(letter),
            _ if role.is_empty() || role.ends_with('_') => {}
            _ => role.push('_'),
        }
    }
    let role = role.trim_end_matches('_').to_owned();
    let is_name = role.starts_with(|first: char| first.is_ascii_lowercase()) && role.len() < 60;
    if is_name && !role.starts_with("pg_") { Ok(role) } else { Err(ServerError::BadName(name.to_owned())) }
}

/// Twenty letters and digits that nobody guesses: a hundred bits.
fn new_password() -> Result<String, ServerError> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 20];
    getrandom::fill(&mut bytes).map_err(|e| ServerError::Sql(format!("no random numbers: {e}")))?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

impl Connection {
    /// Every member, as far as the server tells.
    pub fn members(&mut self) -> Result<Vec<RemoteMember>, ServerError> {
        let asked = "SELECT role::text, author, part, removed FROM orthoscope.member ORDER BY author, role";
        let rows = self.client.query(asked, &[]).map_err(|e| self.wrong(&e))?;
        let member = |row: &postgres::Row| RemoteMember {
            role: row.get(0),
            name: row.get(1),
            part: row.get(2),
            removed: row.get(3),
        };
        Ok(rows.iter().map(member).collect())
    }

    /// Lets somebody in, or back in. `role` is the role of PostgreSQL, made where there is none, with a password where none
    /// is given; without it, the name in small letters.
    pub fn add_member(
        &mut self,
        name: &str,
        role: Option<&str>,
        part: Role,
        password: Option<&str>,
    ) -> Result<Added, ServerError> {
        if name.trim().is_empty() {
            return Err(ServerError::BadName(name.to_owned()));
        }
        let role = role.map_or_else(|| role_of(name), |role| Ok(role.to_owned()))?;
        let made = match password {
            Some(given) => given.to_owned(),
            None => new_password()?,
        };
        let mut tx = self.client.transaction().map_err(|e| ServerError::of(&self.at, &e))?;
        let added = add(&mut tx, name, &role, part, &made).and_then(|is_new| tx.commit().map(|()| is_new));
        let is_new = added.map_err(|e| denied(&self.at, &e))?;
        Ok(Added { role, password: Some(made).filter(|_| is_new && password.is_none()) })
    }

    /// Lets somebody send and read nothing any more. What they did stays.
    pub fn remove_member(&mut self, name: &str) -> Result<(), ServerError> {
        let gone = "UPDATE orthoscope.member SET removed = true WHERE author = $1 AND role <> session_user";
        match self.client.execute(gone, &[&name]).map_err(|e| denied(&self.at, &e))? {
            0 => Err(ServerError::BadName(name.to_owned())),
            _ => Ok(()),
        }
    }
}

/// Returns whether the role was made.
fn add(
    tx: &mut Transaction<'_>,
    name: &str,
    role: &str,
    part: Role,
    password: &str,
) -> Result<bool, postgres::Error> {
    let known = tx.query_one("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", &[&role])?;
    let is_new = !known.get::<_, bool>(0);
    if is_new {
        // What the server keeps and logs is no password but what checks one.
        let secret = postgres_protocol::password::scram_sha_256(password.as_bytes());
        let make = tx.query_one(
            "SELECT format('CREATE ROLE %I LOGIN PASSWORD %L', $1::text, $2::text)",
            &[&role, &secret],
        )?;
        tx.batch_execute(make.get(0))?;
    }
    for grant in GRANTS {
        let grant = tx.query_one("SELECT format($1, $2::text)", &[&grant, &role])?;
        tx.batch_execute(grant.get(0))?;
    }
    let map: bool = tx.query_one("SELECT to_regclass('orthoscope.region_map') IS NOT NULL", &[])?.get(0);
    if map {
        let grant =
            tx.query_one("SELECT format('GRANT SELECT ON orthoscope.region_map TO %I', $1::text)", &[&role])?;
        tx.batch_execute(grant.get(0))?;
    }
    let member = "INSERT INTO orthoscope.member (role, author, part) VALUES ($1::text::name, $2, $3) \
                  ON CONFLICT (role) DO UPDATE SET author = $2, part = $3, removed = false";
    tx.execute(member, &[&role, &name, &part.key()])?;
    Ok(is_new)
}

/// An error where what is asked is the owner's to do.
fn denied(at: &str, error: &postgres::Error) -> ServerError {
    if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) {
        let why =
            "members are added by whoever shared the project, with a role that may make roles (CREATEROLE)";
        return ServerError::Refused { code: "OS007".into(), why: why.into() };
    }
    ServerError::of(at, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_roles_and_what_cannot_be_one_is_refused() {
        for (name, role) in [("Ana", "ana"), ("Ben de Vries", "ben_de_vries"), ("Zoë 2", "zo_2")] {
            assert_eq!(role_of(name).expect(name), role);
        }
        for wrong in ["", "  ", "42", "Ω", "PG monitor"] {
            role_of(wrong).expect_err(wrong);
        }
        let (a, b) = (new_password().expect("made"), new_password().expect("made"));
        assert!(a.len() == 20 && a != b);
    }
}
