//! `list`: what an expression or a picture can be asked for.

use std::path::Path;

use expression::{FUNCTIONS, Index, ROLES, indices};
use raster::Source;
use renderer::Colormap;
use serde_json::json;

use crate::args::{ListArgs, ListCommand};
use crate::failure::Failure;
use crate::output::{Output, table};

pub(crate) fn run(args: &ListArgs, output: &Output) -> anyhow::Result<()> {
    match &args.what {
        ListCommand::Indices { file, domain } => list_indices(file.as_deref(), domain.as_deref(), output),
        ListCommand::Functions => {
            let rows = FUNCTIONS
                .iter()
                .map(|f| json!({ "name": f.name, "arguments": f.arguments, "meaning": f.meaning }));
            let value = json!({ "functions": rows.collect::<Vec<_>>() });
            output.result(&value, || {
                table(&FUNCTIONS.iter().map(|f| (f.name, f.meaning.to_owned())).collect::<Vec<_>>())
            })
        }
        ListCommand::Roles => {
            let rows =
                ROLES.iter().map(|r| json!({ "name": r.name, "letters": r.letters, "range_nm": r.range_nm }));
            let value = json!({ "roles": rows.collect::<Vec<_>>() });
            output.result(&value, || {
                let row = |r: &expression::Role| {
                    (
                        format!("{} or {}", r.name, r.letters),
                        format!("{} to {} nm", r.range_nm.0, r.range_nm.1),
                    )
                };
                table(&ROLES.iter().map(row).collect::<Vec<_>>())
            })
        }
        ListCommand::Colormaps => {
            let names: Vec<&str> = Colormap::ALL.iter().map(|map| map.name()).collect();
            let kinds: Vec<&str> = Colormap::ALL.iter().map(|map| map.kind().name()).collect();
            let rows =
                || Colormap::ALL.iter().map(|m| (m.name(), format!("{}, {}", m.kind().name(), m.family())));
            output
                .result(&json!({ "colormaps": names, "kinds": kinds }), || table(&rows().collect::<Vec<_>>()))
        }
    }
}

fn list_indices(file: Option<&Path>, domain: Option<&str>, output: &Output) -> anyhow::Result<()> {
    let domains = || {
        let mut all: Vec<&str> = indices().iter().map(|index| index.domain.as_str()).collect();
        all.dedup();
        all
    };
    if let Some(wrong) = domain.filter(|wanted| !domains().contains(wanted)) {
        let hint = format!("known: {}", domains().join(", "));
        return Err(Failure::because(format!("There is no domain `{wrong}`"), hint));
    }
    let labels = file.map(Source::open).transpose()?.map(|source| picture::labels(source.image()));
    let fits = |index: &&Index| {
        let possible = |labels: &Vec<_>| index.expression(&[]).is_ok_and(|e| e.resolve(labels).is_ok());
        domain.is_none_or(|domain| index.domain == domain) && labels.as_ref().is_none_or(possible)
    };
    let found: Vec<&Index> = indices().iter().filter(fits).collect();
    let row = |i: &&Index| {
        json!({
            "name": i.name, "title": i.title, "domain": i.domain, "formula": i.formula, "bands": i.bands,
            "parameters": i.parameters, "reference": i.reference,
        })
    };
    let value = json!({ "indices": found.iter().map(row).collect::<Vec<_>>() });
    output.result(&value, || match &found[..] {
        [] => "The image has the bands for none of them.".to_owned(),
        found => {
            table(&found.iter().map(|i| (&i.name, format!("{}: {}", i.title, i.formula))).collect::<Vec<_>>())
        }
    })
}
