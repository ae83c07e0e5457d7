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
            "questions" => {
                window.program().run(Command::View(ViewCommand::Show(Workspace::Questions)));
            }
            "models" => window.program().run(Command::View(ViewCommand::Show(Workspace::Models))),
            "learnt" => wait(&mut window),
            "palette" => window.program().run(Command::View(ViewCommand::CommandPalette)),
            "keys" => window.program().run(Command::View(ViewCommand::ShortcutSheet)),
            "prefs" => window.program().state.overlays.preferences = true,
            "jobs" => window.program().state.overlays.jobs = true,
            "stage2" => {
                window.program().state.review = Desk { stage: Stage::Two, ..Desk::default() };
            }
            "voted" => window.program().state.review.list = List::Voted,
            "agreement" => window.program().show_pane(Pane::Agreement),
            _ if word.contains('=') => by_hand(&mut window, word)?,
            _ => {
                if let Some(command) = Command::from_key(word) {
                    window.program().run(command);
                }
            }
        }
    }
    if !args[4].contains("pull=") {
        window.pointer(egui::pos2(500.0, 300.0));
    }
    window.settle()?;
    let picture = window.picture()?;
    image::save_buffer(&args[0], &picture.pixels, picture.width, picture.height, image::ColorType::Rgba8)?;
    Ok(())
}

/// Until nothing is taught or asked any more.
fn wait(window: &mut Offscreen) {
    let busy = |window: &mut Offscreen| {
        let models = &window.program().state.models;
        models.is_teaching() || models.predicting.is_some()
    };
    while busy(window) {
        window.step();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

/// `epochs=N`, `size=NAME` and `piece=PX` of a training; `member=NAME`; `join=COPY:COPY`; `find=WORDS` types into the palette and takes the first line; `click=X:Y` in points; `pull=X:Y:X:Y` drags; `text=…` as from
/// the keyboard; `library=FILE` of spectra; `product=KIND` of the shown layer.
fn by_hand(window: &mut Offscreen, word: &str) -> anyhow::Result<()> {
    let (what, how) = word.split_once('=').context("a word with a value")?;
    match what {
        "epochs" => window.program().state.models.form.epochs = how.parse()?,
        "size" => how.clone_into(&mut window.program().state.models.form.size),
        "piece" => window.program().state.models.form.chip_px = how.parse()?,
        "member" => how.clone_into(&mut window.program().state.preferences.author),
        "find" => {
            window.program().state.overlays.palette = Some(how.to_owned());
            window.step();
            let (key, modifiers) = (egui::Key::Enter, egui::Modifiers::NONE);
            let physical_key = None;
            window.event(egui::Event::Key { key, physical_key, pressed: true, repeat: false, modifiers });
            window.settle()?;
        }
        "library" => window.program().open_libraries(vec![how.into()]),
        "product" => make(window, how)?,
        "join" => window.program().begin_join(how.split(':').map(Into::into).collect()),
        "text" => window.event(egui::Event::Text(how.to_owned())),
        "click" => {
            let (x, y) = how.split_once(':').context("a place is X:Y")?;
            let pos = egui::pos2(x.parse()?, y.parse()?);
            window.pointer(pos);
            window.step();
            for pressed in [true, false] {
                let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
                window.event(egui::Event::PointerButton { pos, button, pressed, modifiers });
                window.step();
            }
            window.settle()?;
        }
        "pull" => pull(window, how)?,
        _ => anyhow::bail!("what is `{what}`?"),
    }
    Ok(())
}

/// A press at a place and a drag to another, not let go of.
fn pull(window: &mut Offscreen, places: &str) -> anyhow::Result<()> {
    let numbers: Vec<f32> = places.split(':').map(str::parse).collect::<Result<_, _>>()?;
    let [x0, y0, x1, y1] = numbers[..] else { anyhow::bail!("a drag is X:Y:X:Y") };
    let (from, to) = (egui::pos2(x0, y0), egui::pos2(x1, y1));
    window.pointer(from);
    window.step();
    let (button, modifiers) = (egui::PointerButton::Primary, egui::Modifiers::NONE);
    window.event(egui::Event::PointerButton { pos: from, button, pressed: true, modifiers });
    window.settle()?;
    window.pointer(to);
    window.settle()?;
    Ok(())
}

/// Makes a product of the shown layer and shows it.
fn make(window: &mut Offscreen, name: &str) -> anyhow::Result<()> {
    let kinds = cubes::Kind::ALL;
    let kind = kinds.into_iter().find(|kind| kind.key() == name).context("there is no such product")?;
    window.program().show_pane(Pane::Products);
    window.program().state.products.draft.kind = kind;
    window.program().make_product();
    window.settle()?;
    let made = window.program().state.products.made.keys().copied().next();
    window.program().state.active_layer = made;
    Ok(())
}
