//! Tells the binaries how they are built and which framework versions they link, and with the feature `blas` links OpenBLAS.

use std::env;
use std::error::Error;
use std::path::Path;

/// linfa 0.8.1 names these to the linker with `openblas-system`. OpenBLAS holds what is used of them, and not every system has them apart.
const NAMED_BY_LINFA: [&str; 3] = ["cblas", "lapack", "lapacke"];

fn main() -> Result<(), Box<dyn Error>> {
    if env::var_os("CARGO_FEATURE_BLAS").is_some() {
        link_openblas(&env::var("OUT_DIR")?)?;
    }
    assay_build_info::emit(&["kodama", "linfa", "smartcore"])
}

/// Link OpenBLAS, and give the linker a file of each name that stands for it.
fn link_openblas(folder: &str) -> Result<(), Box<dyn Error>> {
    for name in NAMED_BY_LINFA {
        std::fs::write(Path::new(folder).join(format!("lib{name}.so")), "INPUT(-lopenblas)\n")?;
    }
    println!("cargo:rustc-link-search=native={folder}");
    println!("cargo:rustc-link-lib=openblas");
    Ok(())
}
