//! A hand that knows nothing: keys, clicks, drags, words and commands at random, the same ones for the same seed. The
//! project stays sound, the window stays alive, what is on the disk is what was on screen, and nothing piles up.
//!
//! `ORTHOSCOPE_MONKEY` says how many deeds (400 unless told otherwise; `make soak` has it go on for hours),
//! `ORTHOSCOPE_MONKEY_SEED` which.

use std::path::PathBuf;

use editing::{Command, Workspace};
use egui::{Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, TouchPhase, vec2};
use project::violations;

use super::window::Window;
use crate::commands;

/// Commands that leave the program, ask the desktop for a file, or ask a server.
const LEFT_OUT: [&str; 5] =
    ["file.", "find.change_classes", "view.basemap", "questions.import", "questions.export"];

const LETTERS: [Key; 20] = [
    Key::A,
    Key::B,
    Key::C,
    Key::D,
    Key::E,
    Key::F,
    Key::H,
    Key::K,
    Key::L,
    Key::M,
    Key::P,
    Key::Q,
    Key::R,
    Key::T,
    Key::U,
    Key::V,
    Key::W,
    Key::X,
    Key::Y,
    Key::Z,
];
const OTHERS: [Key; 20] = [
    Key::Enter,
    Key::Escape,
    Key::Tab,
    Key::Backspace,
    Key::Delete,
    Key::Space,
    Key::ArrowUp,
    Key::ArrowDown,
    Key::ArrowLeft,
    Key::ArrowRight,
    Key::Num1,
    Key::Num2,
    Key::Num3,
    Key::Num4,
    Key::Plus,
    Key::Minus,
    Key::OpenBracket,
    Key::CloseBracket,
    Key::F7,
    Key::Home,
];
const WORDS: [&str; 6] =
    ["destroyed", "area_m2 > 3", "edited > 2020", "Ünïcode „“", "1e400", "'; DROP TABLE entry;--"];

/// SplitMix64.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn share(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u64 << 24) as f32
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

struct Monkey {
    window: Window,
    dice: Dice,
    commands: Vec<Command>,
    /// What was done last, for who reads a failure.
    done: Vec<String>,
}

impl Monkey {
    fn new(seed: u64) -> Self {
        let mut window = Window::with_labels(12);
        let path = window.folder().join("ground.png");
        let pixels: Vec<u8> =
            (0..240 * 60).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        image::save_buffer(&path, &pixels, 240, 60, image::ColorType::L8).expect("written");
        window.program().open(vec![path]);
        window.settle();
        let kept = |command: &Command| !LEFT_OUT.iter().any(|begin| command.key().starts_with(begin));
        let commands = commands::offered().into_iter().filter(kept).collect();
        Self { window, dice: Dice(seed), commands, done: Vec::new() }
    }

    fn place(&mut self) -> Pos2 {
        let rect = self.window.program().state.map_rect;
        let (x, y) = (self.dice.share(), self.dice.share());
        // Most of it on the map, some beside.
        rect.lerp_inside(vec2(x * 1.2 - 0.1, y * 1.2 - 0.1))
    }

    fn held(&mut self) -> Modifiers {
        let all = [Modifiers::NONE, Modifiers::NONE, Modifiers::SHIFT, Modifiers::ALT, Modifiers::COMMAND];
        self.dice.one(&all)
    }

    fn act(&mut self) {
        let said = match self.dice.below(10) {
            0..=2 => self.command(),
            3 | 4 => self.key(),
            5 => {
                let word = self.dice.one(&WORDS);
                self.window.event(Event::Text(word.to_owned()));
                format!("types {word}")
            }
            6 => {
                let delta = vec2(0.0, self.dice.share() * 160.0 - 80.0);
                let (unit, phase, modifiers) = (MouseWheelUnit::Point, TouchPhase::Move, Modifiers::NONE);
                let source = egui::MouseWheelSource::Wheel;
                self.window.event(Event::MouseWheel { unit, delta, phase, modifiers, source });
                format!("wheel {}", delta.y)
            }
            _ => self.pointer(),
        };
        self.done.push(said);
        self.window.step();
    }

    fn command(&mut self) -> String {
        let command = self.dice.one(&self.commands);
        let program = self.window.program();
        if command.unavailable(&program.state.situation()).is_none() {
            program.run(command);
        }
        command.key().into_owned()
    }

    fn key(&mut self) -> String {
        let letter = self.dice.below(2) == 0;
        let key = if letter { self.dice.one(&LETTERS) } else { self.dice.one(&OTHERS) };
        let mut modifiers = self.held();
        // Dialogs of the desktop are none of the window's.
        if modifiers.command && !matches!(key, Key::A | Key::Z | Key::Y | Key::D | Key::F | Key::R | Key::H) {
            modifiers = Modifiers::NONE;
        }
        for pressed in [true, false] {
            self.window.event(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
        }
        format!("{modifiers:?} {key:?}")
    }

    fn pointer(&mut self) -> String {
        let (from, to) = (self.place(), self.place());
        let modifiers = self.held();
        let buttons = [PointerButton::Primary, PointerButton::Primary, PointerButton::Secondary];
        let button = self.dice.one(&buttons);
        let press = |pos, pressed| Event::PointerButton { pos, button, pressed, modifiers };
        let to = if self.dice.below(2) == 0 { from } else { to };
        for event in
            [Event::PointerMoved(from), press(from, true), Event::PointerMoved(from + (to - from) / 2.0)]
        {
            self.window.event(event);
            self.window.step();
        }
        self.window.event(Event::PointerMoved(to));
        self.window.event(press(to, false));
        format!("{button:?} {modifiers:?} {from:?} to {to:?}")
    }

    fn check(&mut self) {
        // Whatever is open is closed, and whatever is under way ends.
        for _ in 0..3 {
            self.window.press(Key::Escape);
        }
        let last = &self.done[self.done.len().saturating_sub(60)..];
        let project = self.window.program().state.content();
        let found = violations(project.unwrap_or_else(|| panic!("the project was closed by {last:#?}")));
        assert!(found.is_empty(), "{found:?} after {last:#?}");
        let failure = self.window.program().state.store_failure.clone();
        assert_eq!(failure, None, "after {last:#?}");
    }
}

/// Kilobytes in memory and open files of this process; `None` where the system does not say.
fn weight() -> Option<(u64, usize)> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kb = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some((kb, std::fs::read_dir("/proc/self/fd").ok()?.count()))
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

#[test]
fn a_hand_that_knows_nothing_breaks_nothing_and_nothing_piles_up() {
    let (deeds, seed) = (number("ORTHOSCOPE_MONKEY", 400), number("ORTHOSCOPE_MONKEY_SEED", 7));
    let mut monkey = Monkey::new(seed);
    let path: PathBuf = monkey.window.folder().join("town.gpkg");
    let mut weights = Vec::new();
    for deed in 0..deeds {
        monkey.act();
        if deed % 50 == 49 {
            monkey.check();
            weights.extend(weight());
        }
        if deed % 400 == 399 {
            monkey.window.program().run(Command::View(editing::ViewCommand::Show(Workspace::Annotate)));
        }
    }
    monkey.check();
    if let (Some((_, early)), Some((_, late))) = (weights.get(weights.len() / 2), weights.last()) {
        assert!(*late <= early + 8, "open files went from {early} to {late}");
    }
    if let [first, .., last] = &weights[weights.len() / 3..] {
        println!("{deeds} deeds: {} MB, then {} MB, {} open files", first.0 >> 10, last.0 >> 10, last.1);
    }
    let shown = monkey.window.content().clone();
    monkey.window.until("everything is saved", |p| {
        p.state.project.as_ref().is_some_and(|open| open.session.is_saved())
    });
    drop(monkey.window.program().state.project.take());
    let found = store::verify_file(&path).expect("a project");
    assert!(found.is_clean(), "{found:?}");
    let (_, loaded) = store::Store::open(&path, store::OpenMode::ReadOnly).expect("opens");
    assert!(loaded.project == shown, "what was on screen is on the disk");
}
