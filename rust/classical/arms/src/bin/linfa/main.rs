//! The arm `linfa`: linfa in a Rust process.

use std::process::ExitCode;

use assay_build_info::build_info;
use assay_classical::{clustering, search as searches, MODES};
use assay_worker::{serve, Arm, Benchmark};

mod agglomerative;
mod dbscan;
mod elastic_net;
mod kmeans;
mod lasso;
mod linear;
mod linear_regression;
mod ridge;
mod search;
mod svm;

const BENCHMARKS: &[Benchmark] = &[
    Benchmark { name: "kmeans", modes: MODES, load: kmeans::load },
    Benchmark { name: "agglomerative", modes: clustering::MODES, load: agglomerative::load },
    Benchmark { name: "dbscan", modes: clustering::MODES, load: dbscan::load },
    Benchmark { name: "elastic_net", modes: MODES, load: elastic_net::load },
    Benchmark { name: "lasso", modes: MODES, load: lasso::load },
    Benchmark { name: "linear_regression", modes: MODES, load: linear_regression::load },
    Benchmark { name: "linear_svc", modes: MODES, load: svm::load_linear },
    Benchmark { name: "nu_svc", modes: MODES, load: svm::load },
    Benchmark { name: "ridge", modes: MODES, load: ridge::load },
    Benchmark { name: "ridge_search", modes: searches::MODES, load: search::load_ridge },
    Benchmark { name: "svc", modes: MODES, load: svm::load },
    Benchmark { name: "svc_search", modes: searches::MODES, load: search::load_svc },
];

fn main() -> ExitCode {
    serve::run(&Arm {
        name: "linfa",
        framework: "linfa",
        version: env!("ASSAY_VERSION_LINFA"),
        build: build_info!(),
        benchmarks: BENCHMARKS,
    })
}
