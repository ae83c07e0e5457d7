//! Members with their files, their keys and a server.

use std::path::PathBuf;
use std::sync::Arc;

use geo::{LineString, Polygon};
use project::review::{Rule, Stage, Verdict, Vote};
use project::{
    Author, Change, ClassCode, Edit, GeometrySource, Label, Member, Project, Region, RegionId, Role, Schema,
    Settings,
};
use server::{Address, Desk, ServerError, Synced};
use store::{Identity, OpenMode, Session, Signer, Store, verify_file};

use crate::cluster::Cluster;

/// One town, its lead and its members, and the server that it is shared on.
pub(crate) struct Desks {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) database: String,
    folder: tempfile::TempDir,
}

pub(crate) const AT_MS: i64 = 1_800_000_000_000;

impl Desks {
    /// A project with so many labelled regions, in the lead's file; shared yet with nobody. `None` without PostgreSQL.
    pub(crate) fn new(name: &str, regions: u32, rule: Rule) -> Option<Self> {
        Some(Self::on(Cluster::shared()?, name, regions, rule))
    }

    /// The same on a server of its own.
    pub(crate) fn on(cluster: Arc<Cluster>, name: &str, regions: u32, rule: Rule) -> Self {
        let database = cluster.database(name);
        let desks = Self { cluster, database, folder: tempfile::tempdir().expect("folder") };
        let session =
            Session::create(&desks.file("lead"), &Identity::new("test 1", AT_MS), "lead").expect("made");
        let lead = Author::new("lead");
        let mut session = session.signed_by(desks.signer("lead"), lead.clone());
        let before = session.project().settings().clone();
        let after = Settings { name: "Town".into(), rule, ..before.clone() };
        session.edit(&lead, AT_MS, Edit::Settings(Change::replace((), before, after))).expect("settings");
        let schema = Arc::new(Schema::joint_damage_scale());
        session.edit(&lead, AT_MS, Edit::Schema(Change::create((), schema))).expect("schema");
        let mut edits = Vec::new();
        for n in 0..regions {
            let id = session.ids(AT_MS).region();
            edits.push(Edit::Region(Change::create(id, Arc::new(region(f64::from(n) * 20.0)))));
            let label = label(id, "lead", "destroyed");
            edits.push(Edit::Label(Change::create(session.ids(AT_MS).label(), Arc::new(label))));
        }
        session.edit(&lead, AT_MS, Edit::batch("Make a town", edits)).expect("regions");
        session.close().expect("closed");
        desks
    }

    /// The same, shared, with members who have fetched it.
    pub(crate) fn shared(name: &str, regions: u32, rule: Rule, members: &[&str]) -> Option<Self> {
        let desks = Self::new(name, regions, rule)?;
        desks.share().expect("shared");
        for member in members {
            desks.add(member, Role::Committee);
            desks.sync(member).expect("fetched");
        }
        Some(desks)
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.gpkg"))
    }

    fn config(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("config of {name}"))
    }

    pub(crate) fn signer(&self, name: &str) -> Signer {
        Signer::load_or_make(&self.config(name)).expect("a key")
    }

    /// The role of a member: the lead owns the database.
    pub(crate) fn role(&self, name: &str) -> String {
        if name == "lead" { self.database.clone() } else { format!("{}_{name}", self.database) }
    }

    pub(crate) fn address(&self, name: &str) -> Address {
        self.cluster.address(&self.role(name), &self.database)
    }

    pub(crate) fn with<T>(&self, name: &str, work: impl FnOnce(&Desk<'_>) -> T) -> T {
        let (path, folder, signer) = (self.file(name), self.config(name), self.signer(name));
        let desk =
            Desk { path: &path, folder: &folder, signer: Some(&signer), program: "test 1", at_ms: AT_MS };
        work(&desk)
    }

    pub(crate) fn share(&self) -> Result<server::Shared, ServerError> {
        self.with("lead", |desk| desk.share(&self.address("lead"), &Author::new("lead"), false, &mut |_| {}))
    }

    pub(crate) fn add(&self, name: &str, part: Role) {
        let mut connection = server::Connection::open(&self.address("lead")).expect("connects");
        connection.add_member(name, Some(&self.role(name)), part, None).expect("added");
    }

    pub(crate) fn sync(&self, name: &str) -> Result<Synced, ServerError> {
        self.with(name, |desk| desk.sync(Some(&self.address(name)), &mut |_| {}))
    }

    /// Works in a member's file as their program does.
    pub(crate) fn work<T>(&self, name: &str, work: impl FnOnce(&mut Session, &Author) -> T) -> T {
        let author = Author::new(name);
        let session =
            Session::open(&self.file(name), OpenMode::ReadWrite { holder: name.into() }).expect("opens");
        assert!(session.read_only().is_none(), "{name}'s file is held by somebody");
        let mut session = session.signed_by(self.signer(name), author.clone());
        let done = work(&mut session, &author);
        session.close().expect("closed");
        done
    }

    /// Votes in a committee.
    pub(crate) fn vote(&self, name: &str, case: RegionId, class: &str) {
        self.work(name, |session, author| {
            let vote = vote(session, author, case, class);
            session.vote(AT_MS, vote).expect("voted");
        });
    }

    /// What a member's file says, after it was checked.
    pub(crate) fn project(&self, name: &str) -> Project {
        let found = verify_file(&self.file(name)).expect("read");
        assert!(found.is_clean(), "{name}: {:?}", found.violations);
        assert_eq!(found.signatures.faults, Vec::<String>::new(), "{name}");
        Store::open(&self.file(name), OpenMode::ReadOnly).expect("opens").1.project
    }

    pub(crate) fn cases(&self) -> Vec<RegionId> {
        self.project("lead").regions().keys().copied().collect()
    }

    /// Gives somebody's key a part in the project.
    pub(crate) fn set_member(&self, name: &str, role: Role, removed: bool) {
        let key = self.signer(name).public();
        self.work("lead", |session, author| {
            let member = (*session.project().members()[&key]).clone();
            session.member(author, AT_MS, Member { role, removed, ..member }).expect("said");
        });
    }
}

pub(crate) fn sealed(committee_size: u32) -> Rule {
    Rule { committee_size, sealed: true, ..Rule::default() }
}

pub(crate) fn open(committee_size: u32) -> Rule {
    Rule { committee_size, ..Rule::default() }
}

fn region(x: f64) -> Region {
    let ring = [(x, 0.0), (x + 10.0, 0.0), (x + 10.0, 10.0), (x, 10.0), (x, 0.0)];
    Region {
        geometry: Polygon::new(LineString::from(ring.to_vec()), Vec::new()).into(),
        layer: None,
        source: GeometrySource::custom(),
        source_id: None,
        attributes: [("note\u{0}".to_owned(), project::AttributeValue::Text("a\u{0}b ü".into()))].into(),
    }
}

pub(crate) fn label(region: RegionId, author: &str, class: &str) -> Label {
    Label {
        region,
        class: ClassCode::new(class),
        author: Author::new(author),
        confidence: None,
        note: String::new(),
        seconds: None,
        at_ms: None,
        replies_to: Vec::new(),
        layer: None,
        schema_version: None,
    }
}

pub(crate) fn vote(session: &mut Session, author: &Author, case: RegionId, class: &str) -> Vote {
    Vote {
        id: session.ids(AT_MS).vote(),
        case,
        member: author.clone(),
        stage: Stage::Two,
        verdict: Verdict::Edit,
        class: Some(ClassCode::new(class)),
        confidence: None,
        note: "telltale".into(),
        seconds: Some(1.0),
        at_ms: None,
        shape: None,
        seal: None,
    }
}

pub(crate) fn draw(session: &mut Session, author: &Author, x: f64) -> RegionId {
    let id = session.ids(AT_MS).region();
    let edit = Edit::Region(Change::create(id, Arc::new(region(x))));
    session.edit(author, AT_MS, edit).expect("region");
    id
}
