//! Secrets on the command line: in no output, log at its most talkative, file or list of processes.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::program::{Town, path};

const SECRET: &str = "s3cr3t-Zq9-in-no-file";

fn holds(bytes: &[u8]) -> bool {
    bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
}

/// Files below a folder that hold the secret.
fn files_with_it(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with_it(&path));
        } else if fs::read(&path).is_ok_and(|bytes| holds(&bytes)) {
            found.push(path.display().to_string());
        }
    }
    found
}

/// Command lines of all processes of this machine that hold the secret.
#[cfg(target_os = "linux")]
fn processes_with_it() -> Vec<String> {
    let lines = fs::read_dir("/proc").expect("a list of processes").flatten();
    let lines = lines.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| holds(line)).map(|line| String::from_utf8_lossy(&line).into_owned()).collect()
}

#[cfg(not(target_os = "linux"))]
fn processes_with_it() -> Vec<String> {
    Vec::new()
}

/// What came, and what the program said.
struct Seen {
    request: Vec<u8>,
    said: Vec<u8>,
    ok: bool,
}

/// Runs the program with a secret and everything logged; while it waits for its answer, processes are looked at.
fn asked(folder: &Path, arguments: &[&str], key: &str, (status, body): (&str, &str)) -> Seen {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let arguments = arguments.iter().map(|argument| argument.replace("URL", &url));
    let mut program = Command::new(path())
        .args(arguments)
        .arg("-vvv")
        .env("RUST_LOG", "trace")
        .env(key, SECRET)
        .env("XDG_CACHE_HOME", folder.join(".cache"))
        .env("XDG_CONFIG_HOME", folder.join(".config"))
        .env("XDG_DATA_HOME", folder.join(".data"))
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // Read all the while, so that a long log does not stop it.
    let mut err = program.stderr.take().expect("piped");
    let read = move || {
        let mut text = Vec::new();
        err.read_to_end(&mut text).map(|_| text)
    };
    let err = std::thread::Builder::new().name("read the log".into()).spawn(read).expect("a thread");
    let (stream, _) = listener.accept().expect("it asks");
    let mut reader = BufReader::new(&stream);
    let (mut request, mut length) = (Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a line");
        request.extend_from_slice(line.as_bytes());
        if let Some(n) = line.to_lowercase().strip_prefix("content-length:") {
            length = n.trim().parse().expect("a length");
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut sent = vec![0; length];
    reader.read_exact(&mut sent).expect("a body");
    request.extend(sent);
    assert_eq!(processes_with_it(), <[String; 0]>::default(), "in the list of processes");
    assert_eq!(files_with_it(folder), <[String; 0]>::default(), "while it waits");
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    (&stream).write_all(answer.as_bytes()).expect("answered");
    let done = program.wait_with_output().expect("it ends");
    let err = err.join().expect("a thread").expect("a log");
    Seen { request, said: [done.stdout, err].concat(), ok: done.status.success() }
}

#[test]
fn a_key_reaches_its_service_and_no_output_log_file_or_list_of_processes() {
    let town = Town::new();
    let folder = town.path();
    let search = |provider| {
        let query = r#"{"text":"a","limit":2}"#;
        [
            "ask",
            "town.gpkg",
            "--provider",
            provider,
            "--tool",
            "text-search",
            "--endpoint",
            "URL",
            "--query",
            query,
        ]
    };
    // In a header, in the address (two ways of writing it), and beside a word.
    let bodies = [
        ("google", "GOOGLE_MAPS_API_KEY", r#"{"places":[]}"#),
        ("tomtom", "TOMTOM_API_KEY", r#"{"results":[]}"#),
        ("here", "HERE_API_KEY", r#"{"items":[]}"#),
        ("openrouteservice", "OPENROUTESERVICE_API_KEY", r#"{"features":[]}"#),
    ];
    for (provider, key, body) in bodies {
        let seen = asked(folder, &search(provider), key, ("200 OK", body));
        let said = String::from_utf8_lossy(&seen.said);
        assert!(seen.ok, "{provider}: {said}");
        assert!(holds(&seen.request), "{provider} gets it");
        assert!(!holds(&seen.said), "{provider}: {said}");
        assert!(said.contains("TRACE") || said.contains("DEBUG"), "everything is logged: {said}");
    }
    // A service that refuses and repeats the key, also where it is told by `--again`.
    let echo = format!(r#"{{"error":{{"message":"the key {SECRET} is wrong"}}}}"#);
    let again = [&search("google")[..], &["--again"]].concat();
    let seen = asked(folder, &again, "GOOGLE_MAPS_API_KEY", ("403 Forbidden", &echo));
    let said = String::from_utf8_lossy(&seen.said);
    assert!(!seen.ok && said.contains("key:GOOGLE_MAPS_API_KEY is wrong") && !holds(&seen.said), "{said}");
    // A model's endpoint.
    let row = r#"[{"id":1,"question":"Which?","answer":{"type":"mcq","options":["a","b"],"correct":0},"context":"x","classification":"poi"}]"#;
    fs::write(folder.join("dataset.json"), row).expect("written");
    crate::program::json(folder, &["qa", "town.gpkg", "import", "dataset.json"]);
    let evaluate =
        ["qa", "town.gpkg", "evaluate", "--endpoint", "URL/v1", "--model", "toy", "--key", "TOY_API_KEY"];
    let reply = format!(r#"{{"choices":[{{"message":{{"content":"{{\"option_no\": 1}} {SECRET}"}}}}]}}"#);
    let seen = asked(folder, &evaluate, "TOY_API_KEY", ("200 OK", &reply));
    let said = String::from_utf8_lossy(&seen.said);
    assert!(seen.ok && holds(&seen.request) && !holds(&seen.said), "{said}");
    for arguments in [
        &["qa", "town.gpkg", "export", "-o", "out.jsonl"][..],
        &["qa", "town.gpkg", "export", "-o", "out.parquet", "--form", "parquet"],
        &["qa", "town.gpkg", "report", "out.html"],
        &["qa", "town.gpkg", "card", "out.md"],
    ] {
        crate::program::json(folder, arguments);
    }
    assert_eq!(files_with_it(folder), <[String; 0]>::default(), "project, journal, exports, reports");
}

#[test]
fn a_key_that_is_to_be_kept_comes_by_standard_input_and_is_said_nowhere() {
    let folder = tempfile::tempdir().expect("folder");
    let mut program = Command::new(path())
        .args(["providers", "--keep-key", "TOMTOM_API_KEY", "-vvv"])
        .env("RUST_LOG", "trace")
        // No keyring answers here: what is said then must not hold it either.
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
        .env("XDG_CONFIG_HOME", folder.path())
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut input = program.stdin.take().expect("piped");
    assert_eq!(processes_with_it(), <[String; 0]>::default());
    writeln!(input, "{SECRET}").expect("taken");
    drop(input);
    let done = program.wait_with_output().expect("it ends");
    let said = [done.stdout, done.stderr].concat();
    assert!(!holds(&said), "{}", String::from_utf8_lossy(&said));
    assert_eq!(files_with_it(folder.path()), <[String; 0]>::default());
}
