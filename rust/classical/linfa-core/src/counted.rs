//! linfa's Euclidean distance, with a count of the steps that k-means takes.
//!
//! linfa does not tell how many iterations a fit took. But in every iteration it asks its distance function once, and only
//! then, for the `distance` between the old and the new centres (rows and centres are compared by `rdistance`): a distance
//! function that counts those calls counts the iterations. Everything else is [`L2Dist`] itself.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use linfa::Float;
use linfa_nn::distance::{Distance, L2Dist};
use ndarray::{ArrayView, Dimension};

/// [`L2Dist`], counting calls of `distance`. Clones share one count.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CountedL2 {
    #[cfg_attr(feature = "serde", serde(skip))]
    calls: Arc<AtomicU64>,
}

impl CountedL2 {
    /// How often `distance` was called.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

impl<F: Float> Distance<F> for CountedL2 {
    fn distance<D: Dimension>(&self, a: ArrayView<F, D>, b: ArrayView<F, D>) -> F {
        self.calls.fetch_add(1, Ordering::Relaxed);
        L2Dist.distance(a, b)
    }

    #[inline]
    fn rdistance<D: Dimension>(&self, a: ArrayView<F, D>, b: ArrayView<F, D>) -> F {
        L2Dist.rdistance(a, b)
    }

    #[inline]
    fn rdist_to_dist(&self, rdist: F) -> F {
        L2Dist.rdist_to_dist(rdist)
    }

    #[inline]
    fn dist_to_rdist(&self, dist: F) -> F {
        L2Dist.dist_to_rdist(dist)
    }
}
