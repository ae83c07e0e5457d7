//! One open connection to a project on a server.

use postgres::Client;
use project::EntryHash;
use project::Seq;
use store::Origins;

use crate::{Address, ServerError, migrations};

/// What a server says of the project that it keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub project_id: String,
    /// The hash that the first entry names.
    pub start: EntryHash,
    /// Entries up to this number came from a copy that was saved from memory; 0 without.
    pub floor: Seq,
    /// The name that the server knows whoever is connected by.
    pub author: String,
    /// Whether they lead the project there.
    pub leads: bool,
    /// PostgreSQL lets whoever is connected read everything, whatever the rules of the project say.
    pub sees_all: bool,
}

/// An open connection of a member.
pub struct Connection {
    pub(crate) client: Client,
    /// The address, for errors.
    pub(crate) at: String,
    address: Address,
    /// What appends entries, prepared once.
    pub(crate) appending: Option<postgres::Statement>,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Connection").field(&self.at).finish()
    }
}

impl Connection {
    /// Connects, and says whether the server can keep a project at all. Blocks for ten seconds at the most.
    pub fn to(address: &Address) -> Result<Self, ServerError> {
        let mut client = address.connect()?;
        let at = address.to_string();
        // What waits for somebody who is gone ends; a long batch has its time.
        client
            .batch_execute(
                "SET statement_timeout = '5min'; SET lock_timeout = '20s'; SET client_min_messages = warning",
            )
            .map_err(|e| ServerError::of(&at, &e))?;
        migrations::check_server(&mut client, &at)?;
        Ok(Self { client, at, address: address.clone(), appending: None })
    }

    /// Connects to a project that is there.
    pub fn open(address: &Address) -> Result<Self, ServerError> {
        let mut open = Self::to(address)?;
        let version = migrations::version(&mut open.client, &open.at)?;
        if version == 0 {
            return Err(ServerError::NoProject { at: open.at });
        }
        let supported = migrations::NEWEST;
        if version > supported {
            return Err(ServerError::Newer { at: open.at, version, supported });
        }
        Ok(open)
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    pub(crate) fn wrong(&self, error: &postgres::Error) -> ServerError {
        ServerError::of(&self.at, error)
    }

    /// What the server says of its project, and of whoever asks. Refused for those who are no members.
    pub fn about(&mut self) -> Result<About, ServerError> {
        let asked = "SELECT orthoscope.me(), orthoscope.is_lead(), \
                     (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = session_user)";
        let row = self.client.query_one(asked, &[]).map_err(|e| ServerError::of(&self.at, &e))?;
        let author: Option<String> = row.get(0);
        let (leads, sees_all) = (row.get(1), row.get(2));
        let Some(author) = author else {
            let known = "SELECT EXISTS (SELECT FROM orthoscope.member WHERE role = session_user)";
            let removed = self.client.query_one(known, &[]).is_ok_and(|row| row.get(0));
            let who = self.address.user();
            return Err(if removed {
                ServerError::Refused {
                    code: "OS002".into(),
                    why: format!("{who} was removed from the members"),
                }
            } else {
                ServerError::Refused {
                    code: "OS001".into(),
                    why: format!("{who} is no member of this project"),
                }
            });
        };
        let rows = self.client.query("SELECT name, value FROM orthoscope.about", &[]);
        let rows = rows.map_err(|e| ServerError::of(&self.at, &e))?;
        let value = |wanted: &str| {
            let found = rows.iter().find(|row| row.get::<_, &str>(0) == wanted);
            found.map(|row| row.get::<_, String>(1))
        };
        let missing = |what: &str| ServerError::Nonsense(format!("its project has no {what}"));
        let start = value("start").and_then(|text| text.parse().ok()).ok_or_else(|| missing("start"))?;
        let floor = value("floor").and_then(|text| text.parse().ok()).ok_or_else(|| missing("floor"))?;
        let project_id = value("project").ok_or_else(|| missing("identity"))?;
        Ok(About { project_id, start, floor, author, leads, sees_all })
    }

    /// Makes the schema for a project in an empty database, with whoever is connected as its lead; brings the schema of the
    /// same project up to date. Refused where another project is.
    pub fn establish(
        &mut self,
        origins: &Origins,
        author: &str,
        committee: u32,
        program: &str,
    ) -> Result<(), ServerError> {
        let version = migrations::version(&mut self.client, &self.at)?;
        let supported = migrations::NEWEST;
        if version > supported {
            return Err(ServerError::Newer { at: self.at.clone(), version, supported });
        }
        if version > 0 && self.about()?.project_id != origins.project_id {
            return Err(ServerError::Taken { at: self.at.clone() });
        }
        if version == supported {
            return Ok(());
        }
        let committee = committee.to_string();
        let (start, floor) = (origins.start.to_string(), origins.floor.to_string());
        let at = self.at.clone();
        let mut make = || -> Result<(), postgres::Error> {
            let mut tx = self.client.transaction()?;
            migrations::bring_up(&mut tx, version, program)?;
            if version == 0 {
                let say = tx.prepare("INSERT INTO about (name, value) VALUES ($1, $2)")?;
                let said: [(&str, &str); 4] = [
                    ("project", &origins.project_id),
                    ("start", &start),
                    ("floor", &floor),
                    ("committee", &committee),
                ];
                for (name, value) in said {
                    tx.execute(&say, &[&name, &value])?;
                }
                let lead = "INSERT INTO member (role, author, part) VALUES (session_user, $1, 'lead')";
                tx.execute(lead, &[&author])?;
            }
            tx.commit()
        };
        make().map_err(|e| match e.code() {
            Some(&postgres::error::SqlState::INSUFFICIENT_PRIVILEGE) => ServerError::Refused {
                code: "OS007".into(),
                why: "you may not make tables in this database; whoever owns it can share a project there"
                    .into(),
            },
            _ => ServerError::of(&at, &e),
        })
    }

    /// Tells the other members' programs that there is news. Nobody waits for the disk: what is told is only that.
    pub(crate) fn tell(&mut self) -> Result<(), ServerError> {
        let told = "BEGIN; SET LOCAL synchronous_commit = off; NOTIFY orthoscope; COMMIT";
        self.client.batch_execute(told).map_err(|e| ServerError::of(&self.at, &e))
    }

    /// Takes over what a lead's program knows of the project: the size of its committees and the parts of its members.
    pub(crate) fn govern(&mut self, project: &project::Project) -> Result<(), ServerError> {
        let names: std::collections::BTreeSet<_> =
            project.members().values().map(|m| m.name.clone()).collect();
        let authors: Vec<&str> = names.iter().map(project::Author::name).collect();
        let parts: Vec<&str> = names.iter().map(|name| project.role_of(name).key()).collect();
        let gone: Vec<bool> = names.iter().map(|name| project.is_removed(name)).collect();
        let committee = i32::try_from(project.settings().rule.committee_size.max(1)).unwrap_or(i32::MAX);
        let govern = "SELECT orthoscope.govern($1, $2, $3, $4)";
        let done = self.client.execute(govern, &[&committee, &authors, &parts, &gone]);
        done.map(drop).map_err(|e| self.wrong(&e))
    }
}
