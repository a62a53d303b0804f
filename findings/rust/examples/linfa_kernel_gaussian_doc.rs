//! linfa documents the Gaussian kernel as exp(-norm(x - x') / eps) and computes exp(-norm(x - x')^2 / eps).

use findings::report;
use linfa_kernel::KernelMethod;
use ndarray::array;
use serde_json::json;

fn main() {
    let (a, b) = (array![0.0], array![3.0]);
    let value = KernelMethod::Gaussian(2.0).distance(a.view(), b.view());
    let (documented, squared) = ((-3.0f64 / 2.0).exp(), (-9.0f64 / 2.0).exp());
    report(
        (value - squared).abs() < 1e-15,
        json!({ "value": value, "as documented": documented, "with the square": squared }),
    );
}
