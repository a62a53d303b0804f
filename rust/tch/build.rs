//! Tells the worker how it is built and which version it links, and which libtorch that is and where.

use std::path::Path;

#[path = "src/libtorch.rs"]
mod libtorch;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Ok(folder) = std::env::var("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
        let package = Path::new(&folder).parent().ok_or("libtorch is in no folder")?;
        println!("cargo:rerun-if-changed={}", package.join("version.py").display());
        println!("cargo:rustc-env=ASSAY_LIBTORCH={}", package.display());
        println!("cargo:rustc-env=ASSAY_LIBTORCH_VERSION={}", libtorch::version(package).unwrap_or_default());
    }
    assay_build_info::emit(&["tch"])
}
