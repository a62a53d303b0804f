//! Tells a crate how it is built, and which versions of its frameworks are linked.
//!
//! [`emit`], called by the crate's build script, sets `ASSAY_PROFILE`, `ASSAY_OPT_LEVEL`, `ASSAY_TARGET_CPU`, `ASSAY_LTO`, `ASSAY_CODEGEN_UNITS`,
//! `ASSAY_COMPILER`, `ASSAY_TARGET` and, for each crate named, `ASSAY_VERSION_<NAME>` from the workspace's `Cargo.lock`; [`build_info!`] collects them.
//! Cargo hides the profile's name and its `lto` and `codegen-units` from build scripts; they are read from where the build
//! script runs and from the workspace's `Cargo.toml`.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Print the build facts as environment variables of the crate; fails the build if one cannot be learned.
pub fn emit(crates: &[&str]) -> Result<(), Box<dyn Error>> {
    let root = workspace_root(Path::new(&env::var("CARGO_MANIFEST_DIR")?))?;
    let (manifest, lock) = (root.join("Cargo.toml"), root.join("Cargo.lock"));
    println!("cargo:rerun-if-changed={}", manifest.display());
    println!("cargo:rerun-if-changed={}", lock.display());
    let (manifest, lock) = (fs::read_to_string(manifest)?, fs::read_to_string(lock)?);

    let profile = profile_name(Path::new(&env::var("OUT_DIR")?)).ok_or("OUT_DIR has no profile folder")?;
    let setting = |key: &str| override_of(&profile, key).or_else(|| profile_setting(&manifest, &profile, key));
    let default_units = if profile == "debug" { "256" } else { "16" };
    set("PROFILE", &profile);
    set("OPT_LEVEL", &env::var("OPT_LEVEL")?);
    set("TARGET_CPU", &target_cpu(&env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default(), &env::var("TARGET")?));
    set("LTO", &setting("lto").unwrap_or_else(|| "false".to_owned()));
    set("CODEGEN_UNITS", &setting("codegen-units").unwrap_or_else(|| default_units.to_owned()));
    set("COMPILER", &compiler()?);
    set("TARGET", &env::var("TARGET")?);
    for name in crates {
        let version = locked_version(&lock, name).ok_or_else(|| format!("{name} is not in Cargo.lock"))?;
        set(&format!("VERSION_{}", name.to_uppercase().replace('-', "_")), &version);
    }
    Ok(())
}

fn set(name: &str, value: &str) {
    println!("cargo:rustc-env=ASSAY_{name}={value}");
}

/// The nearest folder at or above the crate that has a lock.
fn workspace_root(crate_folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let found = crate_folder.ancestors().find(|folder| folder.join("Cargo.lock").is_file());
    Ok(found.ok_or("no Cargo.lock at or above the crate")?.to_owned())
}

/// `<target>/<profile>/build/<package>-<hash>/out` names the profile.
fn profile_name(out: &Path) -> Option<String> {
    Some(out.ancestors().nth(3)?.file_name()?.to_str()?.to_owned())
}

/// `CARGO_PROFILE_<NAME>_<KEY>` overrides the manifest.
fn override_of(profile: &str, key: &str) -> Option<String> {
    let name = format!("CARGO_PROFILE_{profile}_{key}").to_uppercase().replace('-', "_");
    println!("cargo:rerun-if-env-changed={name}");
    env::var(name).ok()
}

/// A key of `[profile.<name>]`, or of the profile that it inherits.
fn profile_setting(manifest: &str, profile: &str, key: &str) -> Option<String> {
    let profile = if profile == "debug" { "dev" } else { profile };
    section_key(manifest, &format!("[profile.{profile}]"), key).or_else(|| {
        let parent = section_key(manifest, &format!("[profile.{profile}]"), "inherits")?;
        profile_setting(manifest, &parent, key)
    })
}

fn section_key(manifest: &str, section: &str, key: &str) -> Option<String> {
    let lines = manifest.lines().map(str::trim).skip_while(|line| *line != section).skip(1);
    lines.take_while(|line| !line.starts_with('[')).find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.split('#').next().unwrap_or(value).trim().trim_matches('"').to_owned())
    })
}

/// The CPU that code is made for; the last `target-cpu` of the flags holds, as in rustc.
fn target_cpu(encoded_flags: &str, target: &str) -> String {
    let named = encoded_flags.split('\x1f').filter_map(|flag| flag.split_once("target-cpu=")).next_back();
    let generic = || format!("generic ({})", target.split('-').next().unwrap_or(target).replace('_', "-"));
    named.map_or_else(generic, |(_, cpu)| cpu.to_owned())
}

fn compiler() -> Result<String, Box<dyn Error>> {
    let output = Command::new(env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned())).arg("--version").output()?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// The version of a crate in a `Cargo.lock`; the newest-listed if there are several.
fn locked_version(lock: &str, name: &str) -> Option<String> {
    let name = format!("name = \"{name}\"");
    let mut lines = lock.lines();
    let mut version = None;
    while let Some(line) = lines.next() {
        if line == name {
            version = lines.next().and_then(|line| line.strip_prefix("version = \"")).map(|v| v.trim_end_matches('"'));
        }
    }
    version.map(str::to_owned)
}

/// How the calling crate was built, as its build script learned it through [`emit`].
#[macro_export]
macro_rules! build_info {
    () => {
        ::std::collections::BTreeMap::from([
            ("profile", env!("ASSAY_PROFILE").to_owned()),
            ("opt_level", env!("ASSAY_OPT_LEVEL").to_owned()),
            ("target_cpu", env!("ASSAY_TARGET_CPU").to_owned()),
            ("lto", env!("ASSAY_LTO").to_owned()),
            ("codegen_units", env!("ASSAY_CODEGEN_UNITS").to_owned()),
            ("debug_assertions", cfg!(debug_assertions).to_string()),
            ("compiler", env!("ASSAY_COMPILER").to_owned()),
            ("target", env!("ASSAY_TARGET").to_owned()),
            ("allocator", "system (glibc)".to_owned()),
        ])
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "
        [profile.release]
        lto = false
        codegen-units = 16   # the default, written out

        [profile.tuned]
        inherits = \"release\"
        lto = \"thin\"
        [dependencies]
        codegen-units = 1
    ";

    #[test]
    fn a_profile_inherits_what_it_does_not_set() {
        let setting = |profile, key| profile_setting(MANIFEST, profile, key);
        assert_eq!(setting("release", "lto").as_deref(), Some("false"));
        assert_eq!(setting("tuned", "lto").as_deref(), Some("thin"));
        assert_eq!(setting("tuned", "codegen-units").as_deref(), Some("16"));
        assert_eq!(setting("tuned", "panic"), None);
        assert_eq!(setting("debug", "lto"), None);
    }

    #[test]
    fn the_profile_is_the_folder_below_target() {
        let out = Path::new("/x/target/tuned/build/arms-0123/out");
        assert_eq!(profile_name(out).as_deref(), Some("tuned"));
    }

    #[test]
    fn the_last_target_cpu_of_the_flags_holds() {
        let target = "x86_64-unknown-linux-gnu";
        assert_eq!(target_cpu("", target), "generic (x86-64)");
        assert_eq!(target_cpu("-C\x1ftarget-cpu=native", target), "native");
        assert_eq!(target_cpu("-Ctarget-cpu=x86-64-v2\x1f-Ctarget-cpu=x86-64-v3", target), "x86-64-v3");
    }

    #[test]
    fn versions_come_from_the_lock() {
        let lock = "[[package]]\nname = \"linfa\"\nversion = \"0.8.1\"\n\n[[package]]\nname = \"linfa-nn\"\nversion = \"0.8.2\"\n";
        assert_eq!(locked_version(lock, "linfa").as_deref(), Some("0.8.1"));
        assert_eq!(locked_version(lock, "smartcore"), None);
    }
}
