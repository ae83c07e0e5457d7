//! Very many regions from afar: a mass in the colours of their classes that follows every change.

use editing::{Command, EditCommand};
use picture::afar::MANY;
use project::RegionId;
use renderer::{RgbaImage, Scene};
use spatial::{Viewport, WorldPoint};

use super::window::Window;
use crate::map::scene::{OnGpu, scene};

impl Window {
    fn looks_from(&mut self, resolution: f64) -> Viewport {
        let size = self.program().state.camera.size_px;
        let middle = self.content().bounds().expect("regions").center();
        let camera = Viewport::new(middle, resolution, size);
        self.program().state.camera = camera;
        self.settle();
        camera
    }

    fn map_scene(&mut self) -> Scene {
        let program = self.program();
        let renderer = program.renderer.lock();
        let gpu = OnGpu { loader: &program.loader, regions: &program.regions, renderer: &renderer };
        let mut scene = scene(&program.state, None, gpu);
        scene.background = [0, 0, 0, 255];
        scene
    }

    fn map_picture(&mut self) -> RgbaImage {
        let scene = self.map_scene();
        let program = self.program();
        let mut renderer = program.renderer.lock();
        renderer::render_image(&program.gpu, &mut renderer, &scene).expect("drawn")
    }
}

/// The mean of all colours in a box of the world.
fn light(image: &RgbaImage, camera: &Viewport, [left, bottom, right, top]: [f64; 4]) -> f64 {
    let a = camera.screen_from_world(WorldPoint { x: left, y: top });
    let b = camera.screen_from_world(WorldPoint { x: right, y: bottom });
    let (mut sum, mut count) = (0.0, 0.0);
    for (x, y) in (a.x as u32..b.x as u32).flat_map(|x| (a.y as u32..b.y as u32).map(move |y| (x, y))) {
        let Some([r, g, b, _]) = image.pixel(x, y) else { continue };
        sum += f64::from(r) + f64::from(g) + f64::from(b);
        count += 1.0;
    }
    sum / count
}

#[test]
fn very_many_regions_are_a_mass_from_afar_that_follows_every_change_and_shapes_near_by() {
    let mut window = Window::with_many(MANY + 808);
    let near = window.looks_from(0.4);
    let scene = window.map_scene();
    assert!(scene.coverage.is_none() && !scene.batches.is_empty(), "all are drawn one by one at {near:?}");
    let camera = window.looks_from(4.0);
    let scene = window.map_scene();
    assert!(scene.coverage.is_some() && scene.batches.iter().all(|batch| batch.fading.is_some()));
    let before = window.map_picture();
    // Columns 40 to 49 and rows 40 to 49 of the town, and ten columns beside them.
    let (block, beside) = ([800.0, -990.0, 990.0, -800.0], [1_200.0, -990.0, 1_390.0, -800.0]);
    let lit = light(&before, &camera, block);
    assert!(lit > 40.0, "a quarter of the ground is covered: {lit}");
    assert!((light(&before, &camera, beside) / lit - 1.0).abs() < 0.1);

    let inside = |region: &project::Region| {
        let at = region.bounds().expect("a box").center();
        (790.0..1_000.0).contains(&at.x) && (-1_000.0..-790.0).contains(&at.y)
    };
    let some: Vec<RegionId> =
        window.content().regions().iter().filter(|(_, r)| inside(r)).map(|(id, _)| *id).collect();
    let gone = editing::delete_edit(window.content(), &some).expect("there");
    assert!(window.program().apply(gone));
    window.settle();
    let after = window.map_picture();
    assert_eq!(light(&after, &camera, block), 0.0, "{} regions are gone", some.len());
    assert_eq!(light(&after, &camera, beside), light(&before, &camera, beside), "and no others");

    window.program().run(Command::Edit(EditCommand::Undo));
    window.settle();
    let back = light(&window.map_picture(), &camera, block);
    assert!((back / lit - 1.0).abs() < 0.02, "{back} and not {lit}");

    let mut preferences = window.program().state.preferences.clone();
    let hidden = crate::preferences::ClassLook { hidden: true, ..preferences.class_look("no damage") };
    preferences.set_class_look("no damage", hidden);
    window.program().state.preferences = preferences;
    window.settle();
    assert_eq!(
        light(&window.map_picture(), &camera, block),
        0.0,
        "a hidden class is not seen from afar either"
    );
}

#[test]
fn few_regions_are_drawn_one_by_one_from_any_distance() {
    let mut window = Window::with_many(200);
    window.looks_from(40.0);
    let scene = window.map_scene();
    assert!(scene.coverage.is_none() && scene.batches.iter().all(|batch| batch.fading.is_none()));
}
