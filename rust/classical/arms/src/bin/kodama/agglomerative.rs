//! Agglomerative clustering by kodama: all distances, its linkage, and the cut of the tree.

use assay_classical::agglomerative::{Linkage, Parameters};
use assay_classical::clustering::{effective, Inputs};
use assay_classical::inputs::c_order;
use assay_classical::kmeans::labels;
use assay_worker::{Array, Dataset, Error, Load, Matrix, Mode, Work};
use kodama::{linkage, Dendrogram, Method, Step};

const CALL: &str =
    "Euclidean distances of all pairs (our loop: kodama takes them as given), kodama::linkage(distances, n, method), and a cut \
of its steps into n_clusters; all in the time";

/// Prepare fit_predict.
pub fn load(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let inputs = Inputs::<Parameters>::read(load, &dataset)?;
    drop(dataset);
    let set = effective(&inputs.parameters)?;
    let method = match inputs.parameters.linkage {
        Linkage::Ward => Method::Ward,
        Linkage::Complete => Method::Complete,
        Linkage::Average => Method::Average,
        Linkage::Single => Method::Single,
    };
    let n_clusters = inputs.parameters.n_clusters;
    let variants: Vec<Matrix> = inputs.variants.into_iter().map(c_order).collect();
    if let Some(x) = variants.iter().find(|x| x.rows < n_clusters) {
        return Err(Error::bad_request(format!("n_clusters {n_clusters} with {} rows", x.rows)));
    }
    let count = variants.len();
    let call = move |v: usize, _: usize| {
        let x = &variants[v];
        let mut distances = distances(x);
        let tree = linkage(&mut distances, x.rows, method);
        let of_rows = cut(tree.steps(), x.rows, n_clusters);
        Ok((of_rows, tree))
    };
    let answer = |(of_rows, tree): &(Vec<usize>, Dendrogram<f64>)| {
        let mut answer = labels(of_rows.iter().map(|&label| label as i64));
        answer.insert("heights", Array::floats(tree.steps().iter().map(|step| step.dissimilarity).collect()));
        Ok(answer)
    };
    Ok(Work::new(count, CALL, set).mode("fit_predict", Mode::new(call, answer)))
}

/// The Euclidean distances of all pairs of rows, those of the first row first: the upper triangle of the matrix.
fn distances(x: &Matrix) -> Vec<f64> {
    let (n, d) = (x.rows, x.columns);
    let mut found = Vec::with_capacity(n * n.saturating_sub(1) / 2);
    for i in 0..n {
        let (row, rest) = (&x.values[i * d..(i + 1) * d], &x.values[(i + 1) * d..]);
        found.extend(rest.chunks_exact(d).map(|other| {
            let sum: f64 = row.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum();
            sum.sqrt()
        }));
    }
    found
}

/// The cluster of every row after the first `rows - n_clusters` steps, numbered in the order in which they first appear.
///
/// A step joins two clusters into one whose number is `rows` plus its own.
fn cut(steps: &[Step<f64>], rows: usize, n_clusters: usize) -> Vec<usize> {
    let joins = rows - n_clusters;
    let mut parent: Vec<usize> = (0..rows + joins).collect();
    for (i, step) in steps[..joins].iter().enumerate() {
        parent[step.cluster1] = rows + i;
        parent[step.cluster2] = rows + i;
    }
    for cluster in (0..rows + joins).rev() {
        parent[cluster] = parent[parent[cluster]]; // a parent has a larger number, so its own root is known by now
    }
    let mut names = vec![usize::MAX; rows + joins];
    let mut count = 0;
    let name = |row: usize| {
        let root = parent[row];
        if names[root] == usize::MAX {
            names[root] = count;
            count += 1;
        }
        names[root]
    };
    (0..rows).map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use assay_worker::Order;

    fn matrix(rows: usize, columns: usize, values: &[f64]) -> Matrix {
        Matrix { rows, columns, order: Order::C, values: values.to_vec() }
    }

    fn clustered(x: &Matrix, method: Method, k: usize) -> Vec<usize> {
        cut(linkage(&mut distances(x), x.rows, method).steps(), x.rows, k)
    }

    #[test]
    fn distances_are_the_upper_triangle_row_by_row() {
        let x = matrix(4, 2, &[0.0, 0.0, 3.0, 4.0, 0.0, 1.0, 6.0, 8.0]);
        let expected = [5.0, 1.0, 10.0, 18f64.sqrt(), 5.0, 85f64.sqrt()];
        assert_eq!(distances(&x), expected);
        assert!(distances(&matrix(1, 2, &[1.0, 2.0])).is_empty());
    }

    #[test]
    fn each_linkage_cuts_a_line_where_it_should() {
        // Gaps of 1, 2, 3.5 and 4: single linkage joins from the left to the end; complete joins 6.5 and 10.5 (4 apart) before 6.5 and 0.
        let line = matrix(5, 1, &[0.0, 1.0, 3.0, 6.5, 10.5]);
        assert_eq!(clustered(&line, Method::Single, 2), [0, 0, 0, 0, 1]);
        assert_eq!(clustered(&line, Method::Complete, 2), [0, 0, 0, 1, 1]);
        // Between {0, 1} and 3.4 the mean distance is 2.9, between 3.4 and 6.32 it is 2.92; the mean of the squares says otherwise.
        let close = matrix(4, 1, &[0.0, 1.0, 3.4, 6.32]);
        assert_eq!(clustered(&close, Method::Average, 2), [0, 0, 0, 1]);
        // Joining {0, 1} and 3.4 costs Ward sqrt(2 * 2 / 3) * 2.9 = 3.35, joining 3.4 and 6.32 costs 2.92.
        assert_eq!(clustered(&close, Method::Ward, 2), [0, 0, 1, 1]);
    }

    #[test]
    fn a_cut_has_as_many_clusters_as_asked_for() {
        let x = matrix(5, 1, &[10.5, 0.0, 6.5, 1.0, 3.0]);
        assert_eq!(clustered(&x, Method::Ward, 1), [0; 5]);
        assert_eq!(clustered(&x, Method::Ward, 5), [0, 1, 2, 3, 4]);
        assert_eq!(clustered(&x, Method::Single, 3), [0, 1, 2, 1, 1]);
    }
}
