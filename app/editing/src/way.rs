//! What becomes of an area that was found: a region of its own, more of the selected one, or less.

use geo::Geometry;
use project::{Edit, IdSource, RegionId};
use spatial::geometry::{self, area_of};

use crate::draw::drawn;
use crate::reshape::replaced;
use crate::{Effect, Modifiers, ToolContext};

/// Why nothing is added to or taken from.
pub(crate) const NO_REGION: &str = "Select the region with an area that this is to add to or take from";

/// What becomes of what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    New,
    AddTo(RegionId),
    TakeFrom(RegionId),
}

impl Way {
    /// With Alt it is taken from the selected region, with Shift added to it; `None` where that has no area.
    pub(crate) fn of(modifiers: Modifiers, ctx: &ToolContext) -> Option<Self> {
        let way = match modifiers {
            Modifiers { alt: true, .. } => ctx.selection.primary().map(Self::TakeFrom),
            Modifiers { shift: true, .. } => ctx.selection.primary().map(Self::AddTo),
            _ => Some(Self::New),
        };
        let has_area = |id| ctx.project.region(id).is_some_and(|r| area_of(&r.geometry).is_ok());
        way.filter(|way| match way {
            Self::New => true,
            Self::AddTo(id) | Self::TakeFrom(id) => has_area(*id),
        })
    }

    /// True when it is about this region.
    pub(crate) fn is_about(self, region: RegionId) -> bool {
        matches!(self, Self::AddTo(id) | Self::TakeFrom(id) if id == region)
    }

    /// The one edit that it comes to; `by` says by what, in the title of the step.
    pub(crate) fn effects(
        self,
        ctx: &ToolContext,
        ids: &mut IdSource,
        geometry: Geometry<f64>,
        by: &str,
    ) -> Vec<Effect> {
        let refused = |why: &str| vec![Effect::Notice(why.to_owned())];
        let (id, title, made) = match self {
            Self::New => return drawn(ctx, ids, geometry),
            Self::AddTo(id) => {
                let merged = ctx.project.region(id).map(|r| geometry::merge(&[&r.geometry, &geometry]));
                (id, format!("Add to region by {by}"), merged)
            }
            Self::TakeFrom(id) => {
                let rest = ctx.project.region(id).map(|r| geometry::subtract(&r.geometry, &[&geometry]));
                (id, format!("Take from region by {by}"), rest)
            }
        };
        let Some((before, made)) = ctx.project.region(id).zip(made) else { return refused(NO_REGION) };
        match made {
            Ok(after) if after == before.geometry => Vec::new(),
            Ok(after) => vec![Effect::Edit(Edit::batch(title, vec![replaced(id, before, after)]))],
            Err(error) => refused(&error.to_string()),
        }
    }
}
