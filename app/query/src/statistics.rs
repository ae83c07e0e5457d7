//! What rows sum up to, class by class.

use project::ClassCode;

use crate::Facts;
use crate::facts::NONE;

/// What the rows of one class sum up to.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassSum {
    /// `None`: what has no class.
    pub class: Option<ClassCode>,
    pub regions: usize,
    /// m² on the ground, px² without a CRS; of the rows whose area is known.
    pub area_m2: f64,
    /// The mean confidence of the labels that state one.
    pub confidence: Option<f64>,
    /// Labels that state a confidence.
    pub sure_of: usize,
}

/// What rows sum up to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sums {
    /// In the order of the schema, what has no class last; classes without a row are left out.
    pub classes: Vec<ClassSum>,
    pub regions: usize,
    pub area_m2: f64,
    /// Rows whose area is not known: outside the earth, or not measured.
    pub unmeasured: usize,
    /// The mean share of pairs of views that differ, over the rows with two labelled views or more, where views are
    /// labelled apart.
    pub view_disagreement: Option<f64>,
}

/// Sums up rows by what they count as.
pub fn sums(facts: &Facts, rows: &[u32]) -> Sums {
    #[derive(Clone, Default)]
    struct Sum {
        regions: usize,
        area: f64,
        confidence: f64,
        sure_of: usize,
    }
    let classes = facts.names.classes.len();
    let mut by_class = vec![Sum::default(); classes + 1];
    let mut sums = Sums { regions: rows.len(), ..Sums::default() };
    if facts.project.settings().label_each_view {
        let views = rows.iter().filter_map(|at| facts.project.view_disagreement(facts.rows[*at as usize].id));
        let shares: Vec<f64> = views.map(|views| views.share()).collect();
        sums.view_disagreement =
            (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64);
    }
    for row in rows.iter().map(|at| &facts.rows[*at as usize]) {
        let place = if row.class == NONE { classes } else { row.class as usize };
        let sum = &mut by_class[place.min(classes)];
        sum.regions += 1;
        if row.area_m2.is_nan() {
            sums.unmeasured += 1;
        } else {
            sum.area += row.area_m2;
        }
        if !row.confidence.is_nan() {
            sum.confidence += row.confidence;
            sum.sure_of += 1;
        }
    }
    for (place, sum) in by_class.into_iter().enumerate().filter(|(_, sum)| sum.regions > 0) {
        sums.area_m2 += sum.area;
        sums.classes.push(ClassSum {
            class: facts.names.classes.get(place).cloned(),
            regions: sum.regions,
            area_m2: sum.area,
            confidence: (sum.sure_of > 0).then(|| sum.confidence / sum.sure_of as f64),
            sure_of: sum.sure_of,
        });
    }
    sums
}
