//! A tiny network that is taught here, so that something is known of what prompts do: weights by formula only show that sums
//! are right.

use burn::module::Module as _;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData, activation};
use learning::{Engine, initialised};
use sam::{DecoderShape, EncoderShape, Picture, Prompt, Sam, Segmenter, Shape, VitShape};

const SIDE: usize = 64;
/// Pixels of a mask along a side.
const MASK: usize = 16;
const ROUNDS: usize = 160;

fn shape() -> Shape {
    let vit = VitShape { width: 24, patch_px: 16, grid: 4, hidden: 48, head: 12, windows: vec![4] };
    let decoder = DecoderShape { depth: 1, hidden: 48, inner: 16, masks: 4, quality: vec![32, 4] };
    Shape { encoder: EncoderShape::Vit(vit), image_px: SIDE, width: 32, mask_channels: 8, decoder }
}

/// The upper left pixels of two bright squares of 16 pixels, in different halves.
fn squares(round: usize) -> [[usize; 2]; 2] {
    let (a, b) = (round * 7 % 4, round * 5 % 4);
    [[(round % 2) * 16, a * 16], [32 + (round / 2 % 2) * 16, b * 16]]
}

fn is_in([x, y]: [usize; 2], [left, top]: [usize; 2]) -> bool {
    (left..left + 16).contains(&x) && (top..top + 16).contains(&y)
}

fn values(of: &[[usize; 2]; 2]) -> Vec<f32> {
    let one = |at: usize| if of.iter().any(|s| is_in([at % SIDE, at / SIDE], *s)) { 230.0 } else { 30.0 };
    (0..SIDE * SIDE).map(one).collect()
}

/// A click on the middle of a square, and 1 where it is in the mask.
fn wanted(square: [usize; 2]) -> (Prompt, Vec<f32>) {
    let click = square.map(|at| at as f32 + 8.0);
    let place = |at: usize| [at % MASK * SIDE / MASK, at / MASK * SIDE / MASK];
    let mask = (0..MASK * MASK).map(|at| f32::from(u8::from(is_in(place(at), square)))).collect();
    (Prompt { points: vec![(click, true)], around: None }, mask)
}

fn taught(shape: &Shape) -> Sam {
    let device = Device::flex().autodiff();
    let mut net = initialised(Sam::new(shape, &device), 5);
    let mut optimiser = AdamConfig::new().init();
    for round in 0..ROUNDS {
        let both = squares(round);
        let pixels: Vec<f32> = values(&both).iter().map(|v| (v - 115.0) / 57.0).collect();
        let data = TensorData::new([pixels.clone(), pixels.clone(), pixels].concat(), [1, 3, SIDE, SIDE]);
        let features = net.encode(Tensor::from_data(data, &device), &mut |_| true).expect("nobody stops it");
        let losses = both.map(|square| {
            let (prompt, mask) = wanted(square);
            let said = net.say(shape, &prompt, None);
            let masks = net.decode(shape, features.clone(), said).masks;
            let mask = Tensor::<3>::from_data(TensorData::new(mask, [1, MASK, MASK]), &device);
            // What is missed counts as much as what is wrongly taken.
            let right = activation::log_sigmoid(masks.clone()) * mask.clone() * 8.0;
            let wrong = activation::log_sigmoid(masks.neg()) * (mask.neg() + 1.0);
            (right + wrong).mean().neg()
        });
        let [a, b] = losses;
        let gradients = GradientsParams::from_grads((a + b).backward(), &net);
        net = optimiser.step(3e-3, net, gradients);
    }
    net.valid()
}

#[test]
fn the_place_that_is_clicked_on_says_which_of_two_like_objects_is_meant() {
    let shape = shape();
    let net = Segmenter::with(taught(&shape), shape.clone(), &Engine::processor()).expect("a network");
    assert!(net.shape().mask_px() == MASK && Sam::new(&shape, &Device::flex()).num_params() < 60_000);
    let (mut right, mut all) = (0, 0);
    for round in 0..8 {
        let both = squares(round);
        let picture = Picture::new(SIDE, SIDE, 1, &values(&both)).expect("a picture");
        let features = net.encode(&picture, &mut |_| true).expect("looks");
        for (square, other) in [(both[0], both[1]), (both[1], both[0])] {
            let found = net.ask(&features, &wanted(square).0, None).expect("answers");
            let logits = net.logits(&features, &found[0]);
            let share = |of: [usize; 2]| {
                let inside = (0..SIDE * SIDE).filter(|at| is_in([at % SIDE, at / SIDE], of));
                inside.filter(|at| logits[*at] > 0.0).count()
            };
            all += 1;
            right += usize::from(share(square) > 128 && share(other) < 64);
        }
    }
    assert!(right * 10 >= all * 9, "{right} of {all}");
}
