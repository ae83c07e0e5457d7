//! Draws the window into a PNG: `picture OUT.png WIDTHxHEIGHT SCALE dark|light WORKSPACE FILE…`.
use anyhow::Context as _;
use desktop::frame::Setting;
use desktop::offscreen::{Look, Offscreen};
use desktop::review::{Desk, List};
use desktop::theme::Mode;
use editing::{Command, Pane, ViewCommand, Workspace};
use project::review::Stage;

fn main() -> anyhow::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    anyhow::ensure!(args.len() >= 5, "picture OUT.png WIDTHxHEIGHT SCALE dark|light WORKSPACE FILE…");
    let (w, h) = args[1].split_once('x').context("the size is WIDTHxHEIGHT")?;
    let look = Look {
        size_px: [w.parse()?, h.parse()?],
        pixels_per_point: args[2].parse()?,
        theme: if args[3] == "light" { Mode::Light } else { Mode::Dark },
    };
    let setting = Setting {
        data_folder: Some("target/pictures".into()),
        author: Some("Ana".into()),
        ..Default::default()
    };
    let mut window = Offscreen::new(look, setting)?;
    window.program().open(args[5..].iter().map(Into::into).collect());
    window.settle()?;
    for word in args[4].split(',') {
        window.settle()?;
        match word {
            "annotate" => window.program().run(Command::View(ViewCommand::Show(Workspace::Annotate))),
            "review" => window.program().run(Command::View(ViewCommand::Show(Workspace::Review))),
            "palette" => window.program().run(Command::View(ViewCommand::CommandPalette)),
            "keys" => window.program().run(Command::View(ViewCommand::ShortcutSheet)),
            "prefs" => window.program().state.overlays.preferences = true,
            "jobs" => window.program().state.overlays.jobs = true,
            "stage2" => {
                window.program().state.review = Desk { stage: Stage::Two, ..Desk::default() };
            }
            "voted" => window.program().state.review.list = List::Voted,
            "agreement" => window.program().show_pane(Pane::Agreement),
            // Points of the window, as `click=400:300`.
            _ if word.starts_with("click=") => {
                let (x, y) = word["click=".len()..].split_once(':').context("click=X:Y")?;
                click(&mut window, egui::pos2(x.parse()?, y.parse()?));
            }
            _ if word.starts_with("member=") => {
                word["member=".len()..].clone_into(&mut window.program().state.preferences.author);
            }
            _ => {
                if let Some(command) = Command::from_key(word) {
                    window.program().run(command);
                }
            }
        }
    }
    window.pointer(egui::pos2(500.0, 300.0));
    window.settle()?;
    let picture = window.picture()?;
    image::save_buffer(&args[0], &picture.pixels, picture.width, picture.height, image::ColorType::Rgba8)?;
    Ok(())
}

fn click(window: &mut Offscreen, pos: egui::Pos2) {
    window.pointer(pos);
    window.step();
    for pressed in [true, false] {
        let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
        window.event(egui::Event::PointerButton { pos, button, pressed, modifiers });
        window.step();
    }
}
