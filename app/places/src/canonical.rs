//! One text for every way of asking the same.

use plugin_api::{HttpRequest, Payload, Tool};
use serde_json::{Map, Value, json};

fn parts(request: &HttpRequest) -> Value {
    let mut parameters = request.query.clone();
    parameters.sort_by(|a, b| a.0.cmp(&b.0));
    let body = request.body.as_ref().map(|body| match body {
        Payload::Json(value) => json!({"json": value}),
        Payload::Form(fields) => json!({"form": fields}),
    });
    json!({
        "method": request.method.key(),
        "url": request.url,
        "parameters": parameters,
        "headers": request.headers,
        "body": body,
    })
}

/// The same for a request to a model.
pub(crate) fn chat(endpoint: &str, request: &HttpRequest) -> String {
    written(&json!({"provider": endpoint, "tool": crate::CHAT, "request": parts(request)}))
}

/// The canonical request: fields in one order, parameters sorted by name (those of one name in the order in which they
/// were said), secrets as `key:NAME`, and no time.
pub(crate) fn remote(provider: &str, tool: Tool, query: &Value, request: &HttpRequest) -> String {
    written(&json!({"provider": provider, "tool": tool.key(), "query": query, "request": parts(request)}))
}

/// The same for what is answered from a map of this content.
pub(crate) fn local(provider: &str, tool: &str, query: &Value, content: &str) -> String {
    written(&json!({"provider": provider, "tool": tool, "query": query, "content": content}))
}

fn written(value: &Value) -> String {
    sorted(value).to_string()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(fields) => {
            let mut names: Vec<&String> = fields.keys().collect();
            names.sort();
            let fields = names.into_iter().map(|name| (name.clone(), sorted(&fields[name])));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        // 5 and 5.0 are one number.
        Value::Number(number) => match number.as_f64() {
            Some(float) if float.fract() == 0.0 && float.abs() < 9e15 => json!(float as i64),
            _ => value.clone(),
        },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permuted_parameters_and_fields_are_one_request() {
        let a = HttpRequest::get("https://x.test/a").with("b", 2).with("a", 1).with("b", 1).header("H", "h");
        let b = HttpRequest::get("https://x.test/a").with("a", 1).header("H", "h").with("b", 2).with("b", 1);
        let (p, q) = (json!({"limit": 5, "text": "x"}), json!({"text": "x", "limit": 5.0}));
        let of = |request: &HttpRequest, query: &Value| remote("p", Tool::TextSearch, query, request);
        assert_eq!(of(&a, &p), of(&b, &q));
        let other =
            HttpRequest::get("https://x.test/a").with("a", 1).header("H", "h").with("b", 1).with("b", 2);
        assert_ne!(of(&a, &p), of(&other, &p), "values of one name keep their order");
    }
}
