//! Agglomerative clustering of linfa: kodama's linkage on distances that linfa takes back out of a Gaussian kernel.
//!
//! linfa clusters a similarity kernel and takes `-ln K` as the distance. With a Gaussian kernel of width `eps` that is
//! `||a - b||^2 / eps`: the square of the Euclidean distance. Single and complete linkage only compare distances, so their
//! partition is that of the Euclidean distance; average and Ward do arithmetic with them, so theirs is another one.

use std::str::FromStr;

use linfa::traits::Transformer;
use linfa_hierarchical::{HierarchicalCluster, Method};
use linfa_kernel::{Kernel, KernelMethod};
use ndarray::{ArrayView2, Axis};

use crate::Error;

/// linfa takes a similarity of at most 1e-6 as 1e-6, and so every distance above 13.8 as 13.8: the largest distance is kept below.
const LARGEST: f64 = 13.0;

/// How the distance between two clusters follows from those of their rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linkage {
    /// The smallest.
    Single,
    /// The largest.
    Complete,
    /// The mean; in linfa of the squares.
    Average,
    /// The growth of the sum of squares; in linfa with the squares where distances belong.
    Ward,
}

impl Linkage {
    /// Whether linfa's partition is that of the Euclidean distance.
    pub fn is_euclidean(self) -> bool {
        matches!(self, Self::Single | Self::Complete)
    }
}

impl FromStr for Linkage {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        match name {
            "single" => Ok(Self::Single),
            "complete" => Ok(Self::Complete),
            "average" => Ok(Self::Average),
            "ward" => Ok(Self::Ward),
            other => {
                Err(Error::Invalid(format!("linkage={other:?} must be 'single', 'complete', 'average' or 'ward'.")))
            }
        }
    }
}

/// The cluster of every row of `x`, numbered in the order in which they first appear. Building the kernel is part of it.
///
/// linfa numbers the clusters in the order of a hash map with a random seed, another one in every call; renumbering them takes
/// one pass over the rows.
///
/// # Errors
/// `Invalid` if there are not at least `n_clusters` rows and one cluster, or the rows are too far apart for their distance to
/// be a finite number.
pub fn fit_predict(x: ArrayView2<'_, f64>, linkage: Linkage, n_clusters: usize) -> Result<Vec<usize>, Error> {
    if n_clusters == 0 || x.nrows() < n_clusters {
        return Err(Error::Invalid(format!("n_samples={} should be >= n_clusters={n_clusters} >= 1.", x.nrows())));
    }
    let method = match linkage {
        Linkage::Single => Method::Single,
        Linkage::Complete => Method::Complete,
        Linkage::Average => Method::Average,
        Linkage::Ward => Method::Ward,
    };
    let kernel = Kernel::params().method(KernelMethod::Gaussian(width(x)?)).transform(x);
    let clustered = HierarchicalCluster::default().with_method(method).num_clusters(n_clusters).transform(kernel);
    clustered.map(|found| renumbered(found.targets())).map_err(|error| Error::Failed(error.to_string()))
}

/// The width of the kernel at which the squared diagonal of the box around all rows has the distance [`LARGEST`].
fn width(x: ArrayView2<'_, f64>) -> Result<f64, Error> {
    let range = |column: ndarray::ArrayView1<'_, f64>| {
        let (low, high) = column.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), &v| (l.min(v), h.max(v)));
        high - low
    };
    let diagonal: f64 = x.axis_iter(Axis(1)).map(|column| range(column).powi(2)).sum();
    match diagonal {
        0.0 => Ok(1.0),
        d if d.is_finite() => Ok(d / LARGEST),
        _ => {
            Err(Error::Invalid("The squared distance between rows of X is not finite in dtype('float64').".to_owned()))
        }
    }
}

fn renumbered(labels: &[usize]) -> Vec<usize> {
    let mut names = vec![usize::MAX; labels.iter().max().map_or(0, |&largest| largest + 1)];
    let mut count = 0;
    let name = |&label: &usize| {
        if names[label] == usize::MAX {
            names[label] = count;
            count += 1;
        }
        names[label]
    };
    labels.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{array, Array2};

    /// Gaps of 1, 2, 3.5 and 4 on a line: single linkage joins from the left to the end.
    fn line() -> Array2<f64> {
        array![[0.0], [1.0], [3.0], [6.5], [10.5]]
    }

    #[test]
    fn single_and_complete_linkage_cut_a_line_where_they_should() {
        let labels = |linkage, k| fit_predict(line().view(), linkage, k).unwrap();
        assert_eq!(labels(Linkage::Single, 2), [0, 0, 0, 0, 1]);
        assert_eq!(labels(Linkage::Single, 3), [0, 0, 0, 1, 2]);
        // {0, 1} at 1 and {0, 1, 3} at 3; then 6.5 is 6.5 away from 0 and 4 from 10.5.
        assert_eq!(labels(Linkage::Complete, 2), [0, 0, 0, 1, 1]);
    }

    #[test]
    fn average_linkage_is_that_of_the_squared_distances() {
        // Between {0, 1} and 3.4 the mean distance is 2.9 (squared: 8.66), between 3.4 and 6.32 it is 2.92 (squared: 8.5264).
        let x = array![[0.0], [1.0], [3.4], [6.32]];
        assert_eq!(
            fit_predict(x.view(), Linkage::Average, 2),
            Ok(vec![0, 0, 1, 1]),
            "by the distances it is 0, 0, 0, 1"
        );
    }

    #[test]
    fn no_distance_is_cut_off_however_large_the_data() {
        for scale in [1e-100, 1.0, 1e100] {
            let x = line() * scale;
            assert_eq!(fit_predict(x.view(), Linkage::Complete, 2), Ok(vec![0, 0, 0, 1, 1]), "scale {scale}");
        }
        assert!(matches!(fit_predict((line() * 1e200).view(), Linkage::Single, 2), Err(Error::Invalid(_))));
    }

    #[test]
    fn equal_rows_and_as_many_clusters_as_rows_are_no_exception() {
        assert_eq!(fit_predict(Array2::ones((3, 2)).view(), Linkage::Single, 1), Ok(vec![0, 0, 0]));
        assert_eq!(fit_predict(line().view(), Linkage::Single, 5), Ok(vec![0, 1, 2, 3, 4]));
        for k in [0, 6] {
            assert!(matches!(fit_predict(line().view(), Linkage::Single, k), Err(Error::Invalid(_))));
        }
    }

    #[test]
    fn a_linkage_is_known_by_its_name() {
        assert_eq!("ward".parse(), Ok(Linkage::Ward));
        assert!(matches!("median".parse::<Linkage>(), Err(Error::Invalid(_))));
        assert!(Linkage::Single.is_euclidean() && !Linkage::Average.is_euclidean());
    }
}
