//! What is asked of map services.

use std::path::PathBuf;

use clap::Args;
use places::plugin_api::Tool;

#[derive(Debug, Args)]
pub(crate) struct AskArgs {
    pub(crate) project: PathBuf,
    /// Who is asked: `local` (the project itself), or one that `orthoscope providers` lists.
    #[arg(long, default_value = places::LOCAL)]
    pub(crate) provider: String,
    /// text-search, place-details, nearby, route, along-route or matrix.
    #[arg(long, value_parser = tool)]
    pub(crate) tool: Tool,
    /// The query as JSON, or `@FILE`.
    #[arg(long, value_name = "JSON")]
    pub(crate) query: String,
    /// Answer from what the project keeps; the network is not used.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Another address of the service, of your own choice.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// Ask although an answer is kept; both are kept then, and what is different is said.
    #[arg(long, conflicts_with = "offline")]
    pub(crate) again: bool,
    /// Extracts of OpenStreetMap (.osm.pbf) that `local` answers from too.
    #[arg(long = "extract", value_name = "FILE")]
    pub(crate) extracts: Vec<PathBuf>,
    /// Who asks.
    #[arg(long, default_value = "me")]
    pub(crate) author: String,
}

fn tool(text: &str) -> Result<Tool, String> {
    text.parse().map_err(|_| {
        let known: Vec<&str> = Tool::ALL.into_iter().map(Tool::key).collect();
        format!("a tool is one of {}", known.join(", "))
    })
}

#[derive(Debug, Args)]
pub(crate) struct ProvidersArgs {
    /// Keep the secret of this name in the system's keyring; it is read from standard input.
    #[arg(long, value_name = "NAME")]
    pub(crate) keep_key: Option<String>,
    /// Take the secret of this name out of the system's keyring.
    #[arg(long, value_name = "NAME", conflicts_with = "keep_key")]
    pub(crate) forget_key: Option<String>,
}
