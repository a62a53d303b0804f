//! The lasso by linfa: the elastic net at `l1_ratio` 1, which is what `ElasticNet::lasso()` sets.

pub use crate::elastic_net::load;
