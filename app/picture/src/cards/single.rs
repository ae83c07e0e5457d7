//! One card as one picture: what a bundle has of each case.

use project::{Project, RegionId};

use super::contact::{Press, PrintError, card};
use super::draw::Painter;
use super::page::{Around, Layout};
use super::print::{Printing, jpeg};

/// Of one view of the card, in millimetres on paper, and pixels to the inch: 480 pixels a side.
const VIEW: [f64; 2] = [96.0, 84.0];
const DPI: f64 = 127.0;

/// Draws a card for each case as JPEG, with its number, its views at one scale and a scale bar; nothing of labels or votes.
/// `keep` is given each, with its place; when it says no, the answer is `None`.
pub fn pictures(
    painter: &mut Painter,
    project: &Project,
    cases: &[RegionId],
    press: &Press<'_>,
    keep: &mut dyn FnMut(usize, Vec<u8>) -> Result<bool, std::io::Error>,
) -> Result<Option<()>, PrintError> {
    for (at, case) in cases.iter().enumerate() {
        let most = painter.most_views();
        let alone = Printing {
            layout: Layout::alone(VIEW, most, 0),
            around: Around::default(),
            dpi: DPI,
            fonts: press.fonts.to_vec(),
        };
        let drawn = card(painter, project, (at + 1, *case), alone.view_px(), press.scale, Vec::new())?;
        let Some(drawn) = drawn else { continue };
        // As wide as the views it has.
        let alone = Printing { layout: Layout::alone(VIEW, drawn.views.len(), 0), ..alone };
        let page = alone.page(&[drawn], (1, 1))?;
        if !keep(at, jpeg(&page)?)? {
            return Ok(None);
        }
    }
    Ok(Some(()))
}
