//! Cards that leave the screen, as the window and the command line make them: contact sheets, and bundles for members who
//! have neither the imagery nor the program.

use std::path::Path;

use dataset::{BundleWriter, Header, Take, TakeError, TakeOptions, VotesFile, plan_take};
use picture::LayerView;
use picture::cards::{self, Painter, Press, PrintError, Printed, Shown, Wanted};
use picture::sheet::Scale;
use project::alignment::Alignment;
use project::{Class, IdSource, LayerId, Project};
use renderer::Gpu;
use spatial::Viewport;
use store::Signer;

use crate::fonts;
use crate::map::scale_bar::scale_bar;

/// The layers that cards show, each with where it shows regions; `open` has the topmost first.
pub fn shown(project: &Project, open: impl IntoIterator<Item = (LayerId, LayerView)>) -> Vec<Shown> {
    let one = |(id, view): (LayerId, LayerView)| {
        let layer = project.layers().get(&id)?;
        // A layer whose method cannot be used shows regions as they are drawn.
        let alignment = Alignment::of(project, id).ok();
        Some(Shown { view, title: cards::title(layer), role: layer.role, alignment })
    };
    open.into_iter().filter_map(one).collect()
}

fn scale(project: &Project, camera: &Viewport, longest_px: f64) -> Option<Scale> {
    let bar = scale_bar(camera, project.crs(), longest_px)?;
    Some(Scale { text: bar.text, length_px: bar.length_px })
}

/// Prints a contact sheet. `go_on` is told how many cards are done, of how many; when it says no, the answer is `None`.
pub fn print_sheet(
    gpu: Gpu,
    layers: Vec<Shown>,
    project: &Project,
    wanted: &Wanted,
    color: &dyn Fn(&Class) -> [u8; 3],
    path: &Path,
    go_on: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<Printed>, PrintError> {
    let mut painter = Painter::new(gpu, layers).map_err(picture::view::ViewError::from)?;
    let scale = |camera: &Viewport, longest: f64| scale(project, camera, longest);
    let press = Press { scale: &scale, color, fonts: &fonts::FOR_PICTURES };
    cards::print(&mut painter, project, wanted, &press, path, go_on)
}

/// Draws the cards of a bundle and writes it. What of the imagery cannot be read is in the answer; `None` where it was
/// stopped, and then nothing is left behind.
pub fn make_bundle(
    gpu: Gpu,
    layers: Vec<Shown>,
    project: &Project,
    header: &Header,
    signer: Option<&Signer>,
    target: &Path,
    go_on: &mut dyn FnMut(u64, u64) -> bool,
) -> Result<Option<Vec<String>>, PrintError> {
    let mut painter = Painter::new(gpu, layers).map_err(picture::view::ViewError::from)?;
    let mut writer = BundleWriter::new(target)?;
    let scale = |camera: &Viewport, longest: f64| scale(project, camera, longest);
    // Nothing of classes is on the cards: the page has them.
    let press = Press { scale: &scale, color: &Class::rgb, fonts: &fonts::FOR_PICTURES };
    let cases: Vec<_> = header.cases.iter().map(|one| one.case).collect();
    let all = cases.len() as u64;
    let mut keep = |place: usize, jpeg: Vec<u8>| {
        writer.card(place, &jpeg)?;
        Ok(go_on(place as u64 + 1, all))
    };
    if cards::pictures(&mut painter, project, &cases, &press, &mut keep)?.is_none() {
        return Ok(None);
    }
    let (key, signature) = signer.map_or_else(Default::default, |signer| {
        (signer.public().to_string(), signer.sign_text(&header.text()))
    });
    writer.finish(header, &key, &signature)?;
    Ok(Some(std::mem::take(&mut painter.failed)))
}

/// What a votes file is taken into.
#[derive(Debug)]
pub struct Receiver<'a> {
    pub project: &'a Project,
    /// What the project is called for good.
    pub id: &'a str,
    /// This program's own key.
    pub own: Option<&'a Signer>,
    /// Take what nobody signed, too.
    pub unsigned: bool,
}

/// Reads what came back from a bundle and says what taking it would do; nothing is done yet.
pub fn read_votes(
    bytes: &[u8],
    to: &Receiver<'_>,
    options: TakeOptions,
    ids: &mut IdSource,
) -> Result<(VotesFile, Take), TakeError> {
    let file = VotesFile::parse(bytes)?;
    // Of another project is said before a key is looked for that nobody here has.
    let take = plan_take(to.project, to.id, &file, options, ids)?;
    match &file.key {
        None if file.signature.is_empty() && to.unsigned => {}
        None => return Err(TakeError::Unsigned),
        Some(key) => {
            let by = store::signed_in(to.project, to.own, &file.text, key, &file.signature);
            by.ok_or(TakeError::NotVouched)?;
        }
    }
    Ok((file, take))
}
