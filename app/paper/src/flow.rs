//! What is set, one below the other, and where pages end.

use std::rc::Rc;

use crate::measure::Weight;

/// Elements of SVG, drawn from 0 downwards. Letters of each weight are drawn apart, so that every drawing has one font.
#[derive(Clone, Debug, Default)]
pub(crate) struct Body {
    pub(crate) regular: String,
    pub(crate) strong: String,
}

impl Body {
    pub(crate) fn of(&mut self, weight: Weight) -> &mut String {
        match weight {
            Weight::Regular => &mut self.regular,
            Weight::Strong => &mut self.strong,
        }
    }
}

/// Something of a height that is not cut.
#[derive(Clone, Debug, Default)]
pub(crate) struct Item {
    pub(crate) body: Body,
    /// In points.
    pub(crate) height: f64,
    /// Space above it, where it is not the first of a page.
    pub(crate) above: f64,
    /// What follows stands on the same page.
    pub(crate) keep: bool,
    /// What stands above it where it is the first of a page, and how high that is: the head of its table.
    pub(crate) head: Option<Rc<(Body, f64)>>,
    /// The bookmark that leads to it.
    pub(crate) mark: Option<String>,
}

/// An item on its page, so far below the top of what is set there.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) item: usize,
    pub(crate) page: usize,
    pub(crate) top: f64,
    /// Its head stands above it.
    pub(crate) headed: bool,
}

/// Where each item stands, on pages with room for this height.
pub(crate) fn flow(items: &[Item], room: f64) -> Vec<Placed> {
    let mut placed = Vec::with_capacity(items.len());
    let (mut page, mut y) = (0, 0.0);
    let mut from = 0;
    while from < items.len() {
        // What is kept together.
        let end = items[from..].iter().position(|item| !item.keep).map_or(items.len(), |i| from + i + 1);
        let height = |items: &[Item]| items.iter().map(|item| item.above + item.height).sum::<f64>();
        let whole = height(&items[from..end]);
        // More than a page goes on to the next one wherever it must.
        if y > 0.0 && y + whole > room && whole <= room {
            (page, y) = (page + 1, 0.0);
        }
        for (at, item) in items[from..end].iter().enumerate() {
            if y > 0.0 && y + item.above + item.height > room {
                (page, y) = (page + 1, 0.0);
            }
            let first = y == 0.0;
            let head = item.head.as_ref().filter(|_| first);
            let top = if first { head.map_or(0.0, |head| head.1) } else { y + item.above };
            placed.push(Placed { item: from + at, page, top, headed: head.is_some() });
            y = top + item.height;
        }
        from = end;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(height: f64, keep: bool) -> Item {
        Item { height, keep, ..Item::default() }
    }

    #[test]
    fn what_belongs_together_goes_to_the_next_page_together() {
        let items = [item(80.0, false), item(15.0, true), item(15.0, false), item(10.0, false)];
        let places: Vec<_> = flow(&items, 100.0).iter().map(|p| (p.page, p.top)).collect();
        assert_eq!(places, [(0, 0.0), (1, 0.0), (1, 15.0), (1, 30.0)]);
    }

    #[test]
    fn rows_stand_under_their_head_on_every_page() {
        let head = Rc::new((Body::default(), 10.0));
        let row = Item { height: 30.0, head: Some(Rc::clone(&head)), ..Item::default() };
        let items = [item(10.0, true), row.clone(), row.clone(), row.clone(), row];
        let placed = flow(&items, 100.0);
        let places: Vec<_> = placed.iter().map(|p| (p.page, p.top, p.headed)).collect();
        assert_eq!(
            places,
            [(0, 0.0, false), (0, 10.0, false), (0, 40.0, false), (0, 70.0, false), (1, 10.0, true)]
        );
    }

    #[test]
    fn more_than_a_page_is_kept_as_far_as_it_can_be() {
        let items: Vec<Item> = (0..5).map(|i| item(40.0, i < 4)).collect();
        let pages: Vec<usize> = flow(&items, 100.0).iter().map(|p| p.page).collect();
        assert_eq!(pages, [0, 0, 1, 1, 2]);
        assert_eq!(flow(&[item(500.0, false)], 100.0).len(), 1, "what is too high is still there");
    }
}
