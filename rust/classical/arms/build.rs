//! Tells the binaries how they are built and which framework versions they link.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    assay_build_info::emit(&["kodama", "linfa", "smartcore"])
}
