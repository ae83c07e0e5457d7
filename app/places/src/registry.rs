//! Every provider that can be asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use plugin_api::{Answer, HttpResponse, MapProvider, Query, Tool};
use project::Response;
use serde_json::Value;

use crate::{AskError, local};

/// The name of the provider that answers from the project itself.
pub const LOCAL: &str = "local";

/// Providers by name.
#[derive(Clone, Debug)]
pub struct Registry {
    providers: Vec<Arc<dyn MapProvider>>,
}

impl Default for Registry {
    /// Those that the program comes with.
    fn default() -> Self {
        let providers: Vec<Arc<dyn MapProvider>> = vec![
            Arc::new(nominatim::Nominatim::default()),
            Arc::new(overpass::Overpass::default()),
            Arc::new(photon::Photon::default()),
            Arc::new(osrm::Osrm::default()),
            Arc::new(openrouteservice::OpenRouteService::default()),
            Arc::new(graphhopper::GraphHopper::default()),
            Arc::new(google::Google::default()),
            Arc::new(mapbox::Mapbox::default()),
            Arc::new(tomtom::TomTom::default()),
            Arc::new(here::Here::default()),
            Arc::new(azure::AzureMaps::default()),
        ];
        Self { providers }
    }
}

/// Where a user's own declarations lie; `None` where the system has no such place.
pub fn provider_folder() -> Option<PathBuf> {
    let folders = directories::ProjectDirs::from("", "", "orthoscope")?;
    Some(folders.config_dir().join("providers"))
}

/// Declarations in one folder, at most.
const MOST_FILES: usize = 200;
/// Bytes of a declaration that are read.
const LONGEST_FILE: u64 = 64 << 10;

impl Registry {
    /// Adds what the `*.toml` files of a folder declare. Returns one sentence for each that is not taken.
    pub fn add_folder(&mut self, folder: &Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
        let paths = entries.flatten().map(|entry| entry.path());
        let mut paths: Vec<PathBuf> = paths.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
        paths.sort();
        let mut faults = Vec::new();
        for path in paths.into_iter().take(MOST_FILES) {
            if let Err(fault) = self.add_file(&path) {
                faults.push(format!("{}: {fault}", path.display()));
            }
        }
        faults
    }

    fn add_file(&mut self, path: &Path) -> Result<(), String> {
        let length = std::fs::metadata(path).map_err(|e| e.to_string())?.len();
        if length > LONGEST_FILE {
            return Err(format!("a declaration has at most {LONGEST_FILE} bytes"));
        }
        let text = std::fs::read_to_string(path).map_err(|e| e.to_string())?;
        let provider = declared::Declared::from_toml(&text).map_err(|e| e.to_string())?;
        let name = &provider.about().name;
        if name == LOCAL || self.providers.iter().any(|held| held.about().name == *name) {
            return Err(format!("there is a provider `{name}` already"));
        }
        self.providers.push(Arc::new(provider));
        Ok(())
    }

    /// Every provider, in the order of lists.
    pub fn all(&self) -> &[Arc<dyn MapProvider>] {
        &self.providers
    }

    /// The provider of a name.
    pub fn find(&self, name: &str) -> Result<Arc<dyn MapProvider>, AskError> {
        let found = self.providers.iter().find(|provider| provider.about().name == name);
        found.cloned().ok_or_else(|| AskError::NoProvider(name.to_owned()))
    }
}

/// The query that a response that was kept answers; an error for what is no answer of a map, such as a picture.
pub fn asked(response: &Response) -> Result<Query, AskError> {
    let damaged = |what: &str| AskError::Unfit(format!("the request of response {} {what}", response.id));
    let request: Value = serde_json::from_str(&response.request).map_err(|_| damaged("is no JSON"))?;
    let tool: Tool = response.tool.parse()?;
    let query = request.get("query").cloned().ok_or_else(|| damaged("has no query"))?;
    Ok(Query::from_value(tool, query)?)
}

/// The answer in a response that was kept, with the query that it answers. Sends nothing.
pub fn read_again(registry: &Registry, response: &Response) -> Result<(Query, Answer), AskError> {
    let query = asked(response)?;
    let body = response.body.unpack().map_err(|e| AskError::Unfit(e.to_string()))?;
    let answer = if response.provider == LOCAL {
        local::read(&body)?
    } else {
        let raw = HttpResponse { status: response.status, headers: &response.headers, body: &body };
        registry.find(&response.provider)?.read(&query, &raw)?
    };
    Ok((query, answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_a_folder_become_providers_and_faulty_ones_are_named() {
        let folder = tempfile::tempdir().expect("folder");
        let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
        let good = "name = 'mine'\nterms = 'x'\n[tool.text-search]\nurl = 'https://a.test/{text}'\nplaces = ''\n\
                    id = 'i'\nlat = 'y'\nlon = 'x'\n";
        write("a.toml", good);
        write("b.toml", &good.replace("'mine'", "'osrm'"));
        write("c.toml", "name = ");
        write("d.txt", "no provider");
        let mut registry = Registry::default();
        let faults = registry.add_folder(folder.path());
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(faults[0].contains("already") && faults[1].contains("c.toml"), "{faults:?}");
        assert!(registry.find("mine").is_ok());
        assert!(registry.find("d").is_err());
        assert!(registry.add_folder(&folder.path().join("gone")).is_empty());
    }
}
