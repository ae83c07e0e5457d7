//! How a row or a column is divided: what has a size keeps it when the window grows or shrinks, one part takes
//! the rest.

/// What a part of a row or column wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Want {
    Hidden,
    /// Exactly this many points.
    Fixed(f32),
    /// This many points where there is room.
    Wish(f32),
    /// What the others leave, and at least this many points of it before the others give way.
    Rest(f32),
}

/// Divides `room` points among the parts; those that are hidden get nothing.
pub(super) fn divide(wants: &[Want], room: f32) -> Vec<f32> {
    let sum = |of: fn(&Want) -> f32| wants.iter().map(of).sum::<f32>();
    let fixed = sum(|w| if let Want::Fixed(size) = w { *size } else { 0.0 });
    let wished = sum(|w| if let Want::Wish(size) = w { *size } else { 0.0 });
    let least = sum(|w| if let Want::Rest(size) = w { *size } else { 0.0 });
    let rests = wants.iter().filter(|w| matches!(w, Want::Rest(_))).count().max(1) as f32;
    let room = (room - fixed).max(0.0);
    // Where the wishes are too large, all give way alike.
    let share = if wished + least > room && wished > 0.0 {
        ((room - least.min(room / 2.0)) / wished).min(1.0)
    } else {
        1.0
    };
    let rest = (room - wished * share).max(0.0) / rests;
    let given = |want: &Want| match want {
        Want::Hidden => 0.0,
        Want::Fixed(size) => *size,
        Want::Wish(size) => size * share,
        Want::Rest(_) => rest,
    };
    wants.iter().map(given).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_keeps_its_width_while_the_map_takes_what_the_window_gains() {
        let wants = [Want::Wish(200.0), Want::Rest(240.0), Want::Hidden, Want::Wish(250.0)];
        assert_eq!(divide(&wants, 1280.0), [200.0, 830.0, 0.0, 250.0]);
        assert_eq!(divide(&wants, 2560.0), [200.0, 2110.0, 0.0, 250.0]);
    }

    #[test]
    fn in_a_small_window_the_panels_give_way_and_nothing_is_lost() {
        let wants = [Want::Wish(300.0), Want::Rest(240.0), Want::Fixed(28.0), Want::Wish(300.0)];
        for room in [0.0_f32, 20.0, 100.0, 400.0, 700.0, 868.0] {
            let given = divide(&wants, room);
            assert!(given.iter().all(|size| *size >= 0.0), "{room}: {given:?}");
            let sum: f32 = given.iter().sum();
            assert!((sum - room.max(28.0)).abs() < 0.01, "{room}: {given:?}");
        }
        assert_eq!(divide(&wants, 868.0)[1], 240.0);
    }
}
