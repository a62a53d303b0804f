//! Tells the worker how it is built and which version it links, and with the feature `mkl` where MKL's threads are when it starts.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-env-changed=MKLROOT");
    if let Ok(root) = std::env::var("MKLROOT") {
        println!("cargo:rustc-link-arg=-Wl,-rpath,{root}/lib");
    }
    assay_build_info::emit(&["candle-core"])
}
