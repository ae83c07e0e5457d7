//! The little XML that stands in GDAL's metadata tag, which need not be sound.

/// One element without child elements of its own name: its attributes as written, and its text.
#[derive(Debug, PartialEq)]
pub(crate) struct Element<'a> {
    attributes: &'a str,
    /// What stands between the tags, entities resolved.
    pub(crate) text: String,
}

impl Element<'_> {
    /// The value of an attribute.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        let mut rest = self.attributes;
        while let Some(at) = rest.find(name) {
            let before = rest[..at].chars().next_back();
            let after = rest[at + name.len()..].trim_start();
            rest = &rest[at + name.len()..];
            if before.is_some_and(|c| !c.is_whitespace()) {
                continue;
            }
            let Some(value) = after.strip_prefix('=').map(str::trim_start) else { continue };
            let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            return value[1..].split(quote).next().map(resolve);
        }
        None
    }
}

/// All elements of a name, in order, at most 4096.
pub(crate) fn elements<'a>(xml: &'a str, name: &str) -> Vec<Element<'a>> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some(at) = rest.find(&open) {
        rest = &rest[at + open.len()..];
        if !rest.starts_with([' ', '\t', '\n', '\r', '>', '/']) {
            continue;
        }
        let Some((attributes, body)) = rest.split_once('>') else { break };
        rest = body;
        let text = match attributes.strip_suffix('/') {
            Some(_) => String::new(),
            None => match body.split_once(close.as_str()) {
                Some((text, after)) => {
                    rest = after;
                    resolve(text)
                }
                None => break,
            },
        };
        found.push(Element { attributes, text });
        if found.len() >= 4096 {
            break;
        }
    }
    found
}

/// Text with its entities resolved.
pub(crate) fn resolve(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&apos;", "'")
        .replace("&amp;", "&")
}

/// Text made safe to stand between XML tags or in an attribute.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_give_their_attributes_and_text() {
        let xml = r#"<GDALMetadata><Item name="A" sample="0" role="description">red &amp; hot</Item>
            <Items name="no"/><Item name='B'/></GDALMetadata>"#;
        let items = elements(xml, "Item");
        assert_eq!(items.len(), 2);
        assert_eq!(items[0].attribute("role").as_deref(), Some("description"));
        assert_eq!(items[0].attribute("ole"), None);
        assert_eq!(items[0].text, "red & hot");
        assert_eq!(items[1].attribute("name").as_deref(), Some("B"));
    }

    #[test]
    fn unclosed_markup_ends_quietly() {
        assert!(elements("<Item name=\"x\">never closed", "Item").is_empty());
        assert!(elements("<Item", "Item").is_empty());
    }
}
