//! Tells the worker how it is built and which version it links, and where libtorch is when it starts.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Ok(folder) = std::env::var("DEP_TCH_LIBTORCH_LIB") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
    assay_build_info::emit(&["tch"])
}
