//! DBSCAN of linfa, with its kd-tree.

use linfa::traits::Transformer;
use linfa_clustering::Dbscan;
use linfa_nn::CommonNearestNeighbour;
use ndarray::{Array1, ArrayView2};

use crate::Error;

/// The cluster of every row of `x`, `None` for noise. A row is in the neighbourhood of another up to and including the
/// distance `eps`, and `min_samples` counts the row itself, as in scikit-learn.
///
/// The rows must lie together in memory, as linfa's kd-tree wants them (it panics otherwise): anything else is copied first.
///
/// # Errors
/// `Invalid` if `eps` is not a finite number above 0, or `min_samples` below 2, which linfa refuses.
pub fn fit_predict(x: ArrayView2<'_, f64>, eps: f64, min_samples: usize) -> Result<Array1<Option<usize>>, Error> {
    if !(eps > 0.0 && eps.is_finite()) {
        return Err(Error::Invalid(format!("eps={eps} must be finite and above 0.")));
    }
    if min_samples < 2 {
        return Err(Error::Invalid(format!("min_samples={min_samples} must be at least 2: linfa takes no less.")));
    }
    let dbscan = Dbscan::params(min_samples).tolerance(eps).nn_algo(CommonNearestNeighbour::KdTree);
    let labels = if x.is_standard_layout() { dbscan.transform(&x) } else { dbscan.transform(&x.as_standard_layout()) };
    labels.map_err(|error| Error::Failed(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, Array2, ShapeBuilder};

    /// Points on a line: three at distance 1 from their neighbours, two at distance 1, one far from all.
    fn line() -> Array2<f64> {
        array![[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [10.0, 0.0], [11.0, 0.0], [20.0, 0.0]]
    }

    #[test]
    fn the_radius_is_inclusive_and_a_row_counts_itself() {
        let labels = |eps, min_samples| fit_predict(line().view(), eps, min_samples).unwrap().to_vec();
        assert_eq!(labels(1.0, 2), [Some(0), Some(0), Some(0), Some(1), Some(1), None]);
        assert_eq!(
            labels(1.0, 3),
            [Some(0), Some(0), Some(0), None, None, None],
            "only the middle one has two neighbours"
        );
        assert_eq!(labels(0.999, 2), [None; 6]);
    }

    #[test]
    fn memory_order_does_not_change_the_result() {
        let mut f = Array2::zeros((6, 2).f());
        f.assign(&line());
        assert_eq!(fit_predict(f.view(), 1.0, 2), fit_predict(line().view(), 1.0, 2));
    }

    #[test]
    fn what_linfa_does_not_take_is_refused() {
        for (eps, min_samples) in [(0.0, 2), (-1.0, 2), (f64::NAN, 2), (f64::INFINITY, 2), (1.0, 1), (1.0, 0)] {
            assert!(
                matches!(fit_predict(line().view(), eps, min_samples), Err(Error::Invalid(_))),
                "{eps} {min_samples}"
            );
        }
    }
}
