//! Tells the worker how it is built, which version it links, and where the library is that the Python package `onnxruntime` ships.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-env-changed=ASSAY_ONNXRUNTIME");
    let library = std::env::var("ASSAY_ONNXRUNTIME").unwrap_or_default();
    println!("cargo:rustc-env=ASSAY_ONNXRUNTIME={library}");
    assay_build_info::emit(&["ort"])
}
