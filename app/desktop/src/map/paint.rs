//! The bridge to egui: a scene goes in, the shared renderer draws it within egui's own pass.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use renderer::{GpuError, Renderer, Scene, ViewId};

/// The renderer that the map, the thumbnails and the loader of tiles share.
#[derive(Clone, Debug)]
pub struct SharedRenderer {
    inner: Arc<Mutex<Renderer>>,
    fault: Arc<Mutex<Option<GpuError>>>,
}

impl SharedRenderer {
    pub fn new(renderer: Renderer) -> Self {
        Self { inner: Arc::new(Mutex::new(renderer)), fault: Arc::default() }
    }

    pub fn lock(&self) -> MutexGuard<'_, Renderer> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What went wrong while drawing since the last call.
    pub fn take_fault(&self) -> Option<GpuError> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The shape that draws a scene into a rectangle of the window.
    pub fn paint(&self, rect: egui::Rect, view: ViewId, scene: Scene) -> egui::Shape {
        let callback = Picture { renderer: self.clone(), view, scene };
        egui::Shape::Callback(egui_wgpu::Callback::new_paint_callback(rect, callback))
    }
}

struct Picture {
    renderer: SharedRenderer,
    view: ViewId,
    scene: Scene,
}

impl egui_wgpu::CallbackTrait for Picture {
    fn prepare(
        &self,
        _device: &wgpu::Device,
        _queue: &wgpu::Queue,
        _screen: &egui_wgpu::ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        _resources: &mut egui_wgpu::CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Err(fault) = self.renderer.lock().prepare(self.view, &self.scene) {
            *self.renderer.fault.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault);
        }
        Vec::new()
    }

    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        _resources: &egui_wgpu::CallbackResources,
    ) {
        self.renderer.lock().paint(self.view, pass);
    }
}
