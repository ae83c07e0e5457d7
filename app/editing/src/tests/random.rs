//! A hand gone wild: whatever it does, every edit applies and nothing breaks.

use proptest::prelude::*;

use super::desk::{Desk, square};
use crate::{Amount, Key, Modifiers, Pointer, PointerButton, SnapSettings, Tool, ToolEvent, ToolKind};

fn modifiers() -> impl Strategy<Value = Modifiers> {
    let held = || prop::bool::weighted(0.2);
    (held(), held(), held()).prop_map(|(ctrl, shift, alt)| Modifiers { ctrl, shift, alt })
}

fn pointers() -> impl Strategy<Value = Pointer> {
    // Coarse places, so that corners, edges and old clicks are met often; now and then no place at all.
    let number = prop_oneof![40 => (-12..12_i32).prop_map(|n| f64::from(n) * 20.0), 1 => Just(f64::NAN)];
    let place = (number.clone(), number);
    let button = prop_oneof![8 => Just(PointerButton::Primary), 1 => Just(PointerButton::Secondary)];
    (place, modifiers(), 1..3_u8, button).prop_map(|((x, y), modifiers, clicks, button)| Pointer {
        at: (x, y).into(),
        screen: (x, y).into(),
        button,
        modifiers,
        clicks,
    })
}

fn amounts() -> impl Strategy<Value = Amount> {
    let number = || prop_oneof![8 => -60.0..60.0_f64, 1 => Just(f64::NAN), 1 => Just(0.0)];
    prop_oneof![
        (number(), number()).prop_map(|(x, y)| Amount::Move((x, y).into())),
        number().prop_map(Amount::RotateDeg),
        number().prop_map(Amount::Scale),
        number().prop_map(Amount::Length),
        number().prop_map(Amount::Tolerance),
        number().prop_map(Amount::HolesPx),
    ]
}

fn events() -> impl Strategy<Value = Vec<ToolEvent>> {
    let key = prop::sample::select(vec![
        Key::Enter,
        Key::Escape,
        Key::Backspace,
        Key::Delete,
        Key::Tab,
        Key::Letter('Z'),
        Key::Letter('Y'),
        Key::Letter('F'),
        Key::OpenBracket,
        Key::CloseBracket,
        Key::Left,
        Key::Digit(1),
    ]);
    let event = prop_oneof![
        6 => pointers().prop_map(ToolEvent::Press),
        5 => pointers().prop_map(ToolEvent::Drag),
        5 => pointers().prop_map(ToolEvent::Release),
        3 => pointers().prop_map(ToolEvent::Move),
        4 => (key, modifiers()).prop_map(|(key, modifiers)| ToolEvent::Key { key, modifiers }),
        1 => Just(ToolEvent::Cancel),
        1 => amounts().prop_map(ToolEvent::Amount),
    ];
    prop::collection::vec(event, 0..60)
}

fn furnished(kind: ToolKind, snapping: bool) -> Desk {
    let mut desk = Desk::new(kind);
    desk.put(square(-100.0, -100.0, 200.0));
    desk.put(square(0.0, 0.0, 60.0));
    let ring = |x: f64, s: f64| geo::Rect::new((x, x), (x + s, x + s)).to_polygon().into_inner().0;
    let holed = geo::Polygon::new(ring(100.0, 80.0), vec![ring(120.0, 20.0)]);
    desk.put(geo::MultiPolygon::new(vec![holed]).into());
    desk.put(geo::Point::new(-120.0, 60.0).into());
    desk.put(geo::LineString::from(vec![(-200.0, 0.0), (-120.0, 40.0), (-80.0, 0.0)]).into());
    desk.class = Some(project::ClassCode::new("destroyed"));
    desk.paint_coarsely();
    desk.snap = if snapping { SnapSettings::default() } else { SnapSettings::OFF };
    desk
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_stream_of_events_breaks_anything(
        events in events(), second in events(), polygon in any::<bool>(), snapping in any::<bool>(),
    ) {
        let first_kind = if polygon { ToolKind::Polygon } else { ToolKind::Select };
        let mut desk = furnished(first_kind, snapping);
        let start = desk.project.clone();
        for event in events {
            desk.event(event);
        }
        desk.event(ToolEvent::Cancel);
        prop_assert!(!desk.tool.is_drawing() && desk.draft.is_none());
        desk.tool = Tool::new(if polygon { ToolKind::Select } else { ToolKind::Polygon });
        for event in second {
            desk.event(event);
        }
        prop_assert_eq!(desk.tool.is_drawing(), desk.draft.is_some(), "what is unfinished is kept");
        for edit in std::mem::take(&mut desk.edits).into_iter().rev() {
            desk.project.apply(&edit.inverse()).expect("every edit can be taken back");
        }
        prop_assert!(desk.project == start);
    }

    /// Whatever tool a hand takes, and whatever it does with it, edits apply and can be taken back.
    #[test]
    fn no_stream_of_events_breaks_any_tool(
        kinds in prop::collection::vec(prop::sample::select(ToolKind::ALL.to_vec()), 1..4),
        streams in prop::collection::vec(events(), 3),
        snapping in any::<bool>(), shared in any::<bool>(), all in any::<bool>(),
    ) {
        let mut desk = furnished(kinds[0], snapping);
        desk.snap.shared_borders = shared;
        desk.snap.grid = shared.then_some(15.0);
        if all {
            desk.selection = desk.project.regions().keys().copied().collect();
        }
        let start = desk.project.clone();
        for (kind, events) in kinds.into_iter().zip(streams) {
            desk.event(ToolEvent::Cancel);
            prop_assert!(!desk.tool.is_drawing() && desk.draft.is_none());
            desk.tool = Tool::new(kind);
            for event in events {
                desk.event(event);
            }
        }
        for edit in std::mem::take(&mut desk.edits).into_iter().rev() {
            desk.project.apply(&edit.inverse()).expect("every edit can be taken back");
        }
        prop_assert!(desk.project == start);
    }

    #[test]
    fn aligning_makes_sound_arrows_and_changes_no_region(events in events()) {
        let mut desk = furnished(ToolKind::Align, false);
        desk.lay();
        desk.put_from("OSM", square(-60.0, -60.0, 80.0));
        desk.put_from("OSM", square(100.0, -160.0, 60.0));
        let (start, drawn) = (desk.project.clone(), desk.project.regions().clone());
        for event in events {
            desk.event(event);
            prop_assert!(*desk.project.regions() == drawn);
        }
        for edit in std::mem::take(&mut desk.edits).into_iter().rev() {
            desk.project.apply(&edit.inverse()).expect("every edit can be taken back");
        }
        prop_assert!(desk.project == start);
    }

    #[test]
    fn measuring_changes_nothing_whatever_the_hand_does(events in events(), snapping in any::<bool>()) {
        let mut desk = furnished(ToolKind::Measure, snapping);
        let start = desk.project.clone();
        for event in events {
            desk.event(event);
            if let Tool::Measure(tool) = &desk.tool {
                let found = desk.with_context(|ctx| tool.measurement(ctx));
                prop_assert!(found.is_none_or(|m| m.length.map.is_some_and(f64::is_finite)));
            }
        }
        prop_assert!(desk.project == start && desk.edits.is_empty() && desk.draft.is_none());
        desk.event(ToolEvent::Cancel);
        prop_assert!(!desk.tool.is_drawing());
    }

    #[test]
    fn drawn_polygons_are_valid(places in prop::collection::vec((-8..8_i32, -8..8_i32), 3..9)) {
        let mut desk = Desk::new(ToolKind::Polygon);
        for (x, y) in places {
            desk.click(f64::from(x) * 50.0, f64::from(y) * 50.0);
        }
        desk.event(ToolEvent::key(Key::Enter));
        for region in desk.project.regions().values() {
            let valid = geo::Validation::is_valid(&region.geometry);
            prop_assert!(valid, "{:?}", region.geometry);
        }
    }
}
