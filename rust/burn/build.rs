//! Tells the worker how it is built and which version it links.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    assay_build_info::emit(&["burn"])
}
