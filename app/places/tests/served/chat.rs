//! Models asked over a socket: what is sent, what is kept, and what hostile answers do.

use std::time::{Duration, Instant};

use places::plugin_api::Pace;
use places::{AskError, Chat, Endpoint, Manner, said_in};
use project::Author;
use serde_json::json;

use crate::server::{Manner as Says, Server};
use crate::{TestKeys, bytes_of, holds, network, secret_of, session};

fn endpoint(server: &Server) -> Endpoint {
    let pace = Pace { between: Duration::ZERO, patience: Duration::from_millis(1_500) };
    Endpoint::new(&format!("{}/v1", server.url()), Some("TOY_KEY"), pace).expect("an address")
}

fn chat(server: &Server, words: &str) -> Chat {
    Chat::new(&endpoint(server), &Manner::new("toy-1"), &[("user", words)]).expect("a request")
}

fn says(text: &str) -> Says {
    let body = json!({ "choices": [{ "message": { "content": text } }], "usage": { "total_tokens": 9 } });
    Says::json(&body.to_string())
}

#[test]
fn a_model_is_asked_once_as_documented_and_kept_without_its_key() {
    let folder = tempfile::tempdir().expect("folder");
    let (mut session, ada) = (session(folder.path()), Author::new("Ada"));
    // It repeats the key in its reply.
    let server = Server::new(vec![says(&format!("your key is {}", secret_of("TOY_KEY")))]);
    let asking = chat(&server, "What is 1?");
    assert!(asking.held(session.project()).is_none());
    let reply = asking.ask(&network(), &TestKeys, &|| true).expect("a reply");
    assert_eq!((reply.said.text.as_str(), reply.said.tokens), ("your key is key:TOY_KEY", Some(9)));
    let asked = server.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].method.as_str(), asked[0].path.as_str()), ("POST", "/v1/chat/completions"));
    assert_eq!(asked[0].headers["authorization"], format!("Bearer {}", secret_of("TOY_KEY")));
    let body: serde_json::Value = serde_json::from_str(&asked[0].body).expect("JSON");
    let expected = json!({ "model": "toy-1", "messages": [{ "role": "user", "content": "What is 1?" }],
        "temperature": 0.0, "max_tokens": 1024 });
    assert_eq!(body, expected);
    let id = session.ids(9).response();
    let response = reply.into_response(id, &asking, 9).expect("kept");
    session.respond(&ada, 9, response).expect("kept");
    let (held, said) = asking.held(session.project()).expect("held now");
    assert_eq!((held, said.text.as_str()), (id, "your key is key:TOY_KEY"));
    assert_eq!(said_in(session.project().response(id).expect("kept")).as_ref(), Ok(&said));
    assert!(chat(&server, "What is 2?").held(session.project()).is_none());
    assert!(server.asked().is_empty(), "nothing else was sent");
    assert!(session.verify().expect("verifies").is_clean());
    session.close().expect("closes");
    assert!(!holds(&bytes_of(folder.path()), "s3cr3t"), "no key in any file");
}

#[test]
fn what_is_no_reply_is_said_in_a_sentence_and_never_followed() {
    let elsewhere = Server::new(vec![says("1")]);
    let to = format!("{}/v1/chat/completions", elsewhere.url());
    for (manner, words) in [
        (Says::Endless(Some(10 << 30)), "longer than"),
        (Says::Endless(None), "longer than"),
        (Says::Say(307, vec![("Location", to)], Vec::new()), "sends elsewhere"),
        (Says::json("<html>sign in</html>"), "web page"),
        (Says::json("{\"choices\":[{\"message\":{\"content\":7}}]}"), "message.content"),
        (Says::Say(200, Vec::new(), b"\xff\xfe{\0}\0".to_vec()), "UTF-8"),
        (Says::Say(400, Vec::new(), br#"{"error":{"message":"no such model"}}"#.to_vec()), "no such model"),
        (Says::Say(429, vec![("Retry-After", "3600".into())], Vec::new()), "no more requests"),
        (Says::Silent, "did not answer"),
    ] {
        let server = Server::new(vec![manner]);
        let begun = Instant::now();
        let error = chat(&server, "a").ask(&network(), &TestKeys, &|| true).expect_err(words);
        assert!(error.to_string().contains(words), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{error} took {:?}", begun.elapsed());
        assert!(!error.to_string().contains("s3cr3t"));
    }
    assert!(elsewhere.asked().is_empty(), "no request and no key went elsewhere");
    let server = Server::new(vec![says("1")]);
    let missing = chat(&server, "a").ask(&network(), &places::NoKeys, &|| true).expect_err("no key");
    assert!(matches!(missing, AskError::NoKey { .. }) && server.asked().is_empty());
}
