//! `doctor`: what this machine can do, and how to mend what it cannot.

use learning::{Engine, Wish};
use renderer::{Gpu, GpuDescription, GpuPreference};
use serde_json::{Value, json};

use crate::output::{Output, table};

/// Something that is not as it should be, and what to do about it.
struct Problem {
    what: String,
    mend: String,
}

pub(crate) fn run(output: &Output) -> anyhow::Result<()> {
    let mut problems = Vec::new();
    let adapters = renderer::adapters();
    let gpu = match Gpu::headless(&GpuPreference::default()) {
        Ok(gpu) => {
            check_drawing(&gpu, &mut problems);
            Some(gpu)
        }
        Err(error) => {
            let mend = error.hint().unwrap_or("install a Vulkan driver for your graphics card").to_owned();
            problems.push(Problem { what: error.to_string(), mend });
            None
        }
    };
    let chosen = gpu.as_ref().map(Gpu::describe);
    let learns_on = learning_device(gpu.as_ref(), &mut problems);
    if chosen.as_ref().is_some_and(|gpu| gpu.software) {
        problems.push(Problem {
            what: "Pictures are drawn by the processor; a graphics card would be much faster".into(),
            mend: "install the Vulkan driver of your graphics card, if the machine has one".into(),
        });
    }
    let display = display();
    if display.is_none() {
        problems.push(Problem {
            what: "There is no display, so the window cannot open; everything else works".into(),
            mend: "log in to a desktop, or set DISPLAY or WAYLAND_DISPLAY".into(),
        });
    }
    let machine = Machine {
        chosen: chosen.as_ref(),
        learns_on: &learns_on,
        adapters: &adapters,
        display: display.as_deref(),
    };
    output.result(&report(&machine, &problems), || text(&machine, &problems))
}

/// What is known of this machine.
struct Machine<'a> {
    chosen: Option<&'a GpuDescription>,
    learns_on: &'a str,
    adapters: &'a [GpuDescription],
    display: Option<&'a str>,
}

/// What networks run on, after trying whether it calculates what it should.
fn learning_device(gpu: Option<&Gpu>, problems: &mut Vec<Problem>) -> String {
    let engine = Engine::choose(gpu, Wish::ByAdapter);
    if let Some(why) = engine.refused() {
        problems.push(Problem {
            what: format!("The graphics adapter is not used for networks: {why}"),
            mend: "update the graphics driver; until then networks run on the processor".into(),
        });
    }
    engine.name().to_owned()
}

/// Draws one picture and looks whether it is what it should be.
fn check_drawing(gpu: &Gpu, problems: &mut Vec<Problem>) {
    let drawn = renderer::Renderer::new(gpu, renderer::RENDER_IMAGE_FORMAT).and_then(|mut renderer| {
        let scene = renderer::Scene::new([8, 8], [10, 200, 30, 255]);
        renderer::render_image(gpu, &mut renderer, &scene)
    });
    let what = match drawn {
        Ok(image) if image.pixel(4, 4) == Some([10, 200, 30, 255]) => return,
        Ok(_) => "The graphics driver draws wrong colours".to_owned(),
        Err(error) => error.to_string(),
    };
    problems.push(Problem { what, mend: "update the graphics driver, or use Mesa's lavapipe".into() });
}

/// The display that a window would open on.
pub(crate) fn display() -> Option<String> {
    let named =
        |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty()).map(|v| format!("{name}={v}"));
    if cfg!(target_os = "linux") {
        named("WAYLAND_DISPLAY").or_else(|| named("DISPLAY"))
    } else {
        Some("native".to_owned())
    }
}

/// Memory of the machine in bytes: all and available, where the system says.
fn memory() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = |name: &str| {
        let rest = text.lines().find_map(|l| l.strip_prefix(name))?;
        rest.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).map(|kb| kb << 10)
    };
    Some((line("MemTotal:")?, line("MemAvailable:")?))
}

fn gpu_json(gpu: &GpuDescription) -> Value {
    json!({
        "name": gpu.name, "backend": gpu.backend, "device_type": gpu.kind, "driver": gpu.driver,
        "software": gpu.software,
    })
}

fn report(machine: &Machine<'_>, problems: &[Problem]) -> Value {
    let Machine { chosen, learns_on, adapters, display } = machine;
    json!({
        "adapter": chosen.map(|g| &g.name),
        "backend": chosen.map(|g| &g.backend),
        "device_type": chosen.map(|g| &g.kind),
        "driver": chosen.map(|g| &g.driver),
        "limits": chosen.map(|g| json!({
            "max_side_px": g.max_side_px, "max_bands": g.max_bands, "max_buffer_bytes": g.max_buffer_bytes,
        })),
        "learning_device": learns_on,
        "adapters": adapters.iter().map(gpu_json).collect::<Vec<_>>(),
        "display": display,
        "memory": memory().map(|(all, free)| json!({ "total_bytes": all, "available_bytes": free })),
        "cores": std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        "versions": { "orthoscope": env!("CARGO_PKG_VERSION"), "project_file": store::FILE_VERSION },
        "problems": problems.iter().map(|p| json!({ "what": p.what, "mend": p.mend })).collect::<Vec<_>>(),
    })
}

fn text(machine: &Machine<'_>, problems: &[Problem]) -> String {
    let Machine { chosen, learns_on, adapters, display } = *machine;
    let gigabytes = |bytes: u64| format!("{:.1} GB", bytes as f64 / 1e9);
    let mut rows = vec![("Orthoscope", env!("CARGO_PKG_VERSION").to_owned())];
    rows.push((
        "Draws with",
        chosen.map_or("nothing".into(), |g| format!("{} ({}, {})", g.name, g.backend, g.kind)),
    ));
    if let Some(gpu) = chosen {
        rows.push(("Driver", gpu.driver.clone()));
        rows.push(("Largest texture", format!("{} px a side, {} bands", gpu.max_side_px, gpu.max_bands)));
    }
    rows.extend(adapters.iter().map(|g| ("Adapter", format!("{} ({}, {})", g.name, g.backend, g.kind))));
    rows.push(("Learns on", learns_on.to_owned()));
    rows.push(("Display", display.unwrap_or("none").to_owned()));
    if let Some((all, free)) = memory() {
        rows.push(("Memory", format!("{}, {} available", gigabytes(all), gigabytes(free))));
    }
    let mut text = table(&rows);
    if problems.is_empty() {
        text.push_str("\nNothing to mend.\n");
    }
    for problem in problems {
        text = format!("{text}\n{}.\n  → {}.\n", problem.what, problem.mend);
    }
    text
}
