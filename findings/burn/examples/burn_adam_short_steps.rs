//! Adam's bias correction is computed in 32 bits. Under a constant gradient each step is as long as the learning rate; burn's are shorter.

use burn::nn::LinearConfig;
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor};
use findings_burn::report;
use serde_json::json;

const STEPS: usize = 10;

fn main() {
    let device = Device::flex().autodiff();
    let mut model = LinearConfig::new(1, 1).with_bias(false).init(&device);
    let mut optimizer = AdamConfig::new().with_epsilon(1e-8).init();
    let mut shortest = f64::INFINITY;
    for _ in 0..STEPS {
        let before: f32 = model.weight.val().into_scalar();
        let x = Tensor::<2>::ones([1, 1], &device);
        let gradients = GradientsParams::from_grads(model.forward(x).sum().backward(), &model);
        model = optimizer.step(1.0, model, gradients);
        let after: f32 = model.weight.val().into_scalar();
        shortest = shortest.min(f64::from(before) - f64::from(after));
    }
    report(
        shortest < 1. - 3e-6,
        json!({"learning rate": 1, "shortest of ten steps": shortest}),
    );
}
