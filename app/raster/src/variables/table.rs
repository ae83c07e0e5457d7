//! A table that says for each pixel of a map which pixel of the sensor's image lies there (EMIT's GLT).

use spatial::TileWindow;

use crate::error::Fault;
use crate::samples::{SampleBuffer, with_values};
use crate::variables::container::{Container, Numbers, Variable};

/// Columns and rows of the sensor's image, counted from 1; 0 where the map has none.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Numbers,
    rows: Numbers,
    pub(crate) width: u64,
    pub(crate) height: u64,
}

impl Table {
    /// The table of a file that has one.
    pub(crate) fn find(container: &Container) -> Option<Self> {
        let variable =
            |name: &str| container.variables.iter().find(|v| v.leaf() == name && v.shape.len() == 2);
        let (columns, rows): (&Variable, &Variable) = (variable("glt_x")?, variable("glt_y")?);
        if columns.shape != rows.shape {
            return None;
        }
        Some(Self {
            columns: container.numbers_of(columns).ok()?,
            rows: container.numbers_of(rows).ok()?,
            width: columns.shape[1],
            height: columns.shape[0],
        })
    }

    /// For each pixel of a window of the map its column and row in a sensor's image of some size, from 0.
    pub(crate) fn window(
        &self,
        w: TileWindow,
        (width, height): (u32, u32),
    ) -> Result<Vec<Option<(u32, u32)>>, Fault> {
        let (x, y) = (u64::from(w.x), u64::from(w.y));
        let block = [y..y + u64::from(w.height), x..x + u64::from(w.width)];
        let (columns, rows) = (whole(&self.columns.read(&block)?), whole(&self.rows.read(&block)?));
        let place = |(column, row): (i64, i64)| {
            let (column, row) = (u32::try_from(column - 1).ok()?, u32::try_from(row - 1).ok()?);
            (column < width && row < height).then_some((column, row))
        };
        Ok(columns.into_iter().zip(rows).map(place).collect())
    }
}

fn whole(values: &SampleBuffer) -> Vec<i64> {
    with_values!(values, v => v.iter().map(|n| f64::from(*n) as i64).collect())
}
