//! The networks in candle, and the modes in which they are timed.

pub mod layers;
pub mod lenet;
pub mod optimizer;
pub mod recurrent;
pub mod resnet18;
pub mod simple_cnn;
pub mod work;
