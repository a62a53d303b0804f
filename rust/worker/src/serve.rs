//! The main loop: read a request, do it, reply, until `quit` or the end of the input.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, Write};
use std::os::fd::FromRawFd;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;
use std::process::ExitCode;

use serde_json::{json, Map, Value};

use crate::clock::now_ns;
use crate::data::Dataset;
use crate::memory;
use crate::outputs;
use crate::protocol::{self, Error, Line, Load, Request, MAX_LINE, PROTOCOL};
use crate::work::{Arm, Work};

type Fields = Map<String, Value>;

/// Run a worker: take the process's stdin and stdout for the protocol, and serve until the orchestrator has finished.
pub fn run(arm: &Arm) -> ExitCode {
    let served = prepare_process().and_then(|mut output| serve(arm, &mut io::stdin().lock(), &mut output));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", arm.name);
            ExitCode::FAILURE
        }
    }
}

/// Die with the parent; keep a private copy of stdout and point descriptor 1 at stderr, so that a library that prints
/// cannot break the protocol.
fn prepare_process() -> io::Result<File> {
    // SAFETY: plain system calls on descriptors of this process; the duplicate is owned by the returned file alone.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        let private = libc::fcntl(libc::STDOUT_FILENO, libc::F_DUPFD_CLOEXEC, 3);
        if private < 0 || libc::dup2(libc::STDERR_FILENO, libc::STDOUT_FILENO) < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(File::from_raw_fd(private))
    }
}

/// Answer every request of `input` on `output`.
pub fn serve(arm: &Arm, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<()> {
    let mut session = Session { arm, work: None };
    loop {
        let (envelope, request) = match protocol::read_line(input)? {
            Line::End => return Ok(()),
            Line::Complete(line) => protocol::parse(&line),
            Line::TooLong => {
                let error = Error::bad_request(format!("a request is at most {MAX_LINE} bytes long"));
                (protocol::Envelope::default(), Err(error))
            }
        };
        let quit = matches!(request, Ok(Request::Quit));
        let outcome = request.and_then(|request| session.guarded(request));
        protocol::write_line(output, &protocol::reply(&envelope, outcome))?;
        if quit {
            return Ok(());
        }
    }
}

/// The arm and what it has loaded.
struct Session<'a> {
    arm: &'a Arm,
    work: Option<Work>,
}

impl Session<'_> {
    /// Answer a request; a panic of the arm becomes an error with the panic's message.
    fn guarded(&mut self, request: Request) -> Result<Fields, Error> {
        catch_unwind(AssertUnwindSafe(|| self.answer(request)))
            .unwrap_or_else(|panic| Err(Error::failed(format!("panic: {}", panic_message(panic.as_ref())))))
    }

    fn answer(&mut self, request: Request) -> Result<Fields, Error> {
        match request {
            Request::Hello { protocol } => self.hello(protocol),
            Request::Load(load) => self.load(&load),
            Request::Warmup { mode, variants } => {
                let work = self.work(&variants)?;
                reply(json!({ "wall_ns": work.timed(&mode)?.warmup(&variants)? }))
            }
            Request::Calibrate { mode, variants, min_ns } => {
                let work = self.work(&variants)?;
                let (loops, wall_ns) = work.timed(&mode)?.calibrate(&variants, min_ns)?;
                reply(json!({ "loops": loops, "wall_ns": wall_ns }))
            }
            Request::Run { loops: 0, .. } => Err(Error::bad_request("loops: at least 1")),
            Request::Run { mode, variants, loops, latency } => {
                let work = self.work(&variants)?;
                protocol::fields(&work.timed(&mode)?.run(&variants, loops, latency)?)
            }
            Request::ResetPeak => reply(json!({ "rss_bytes": memory::reset_peak()?.rss_bytes })),
            Request::Memory => protocol::fields(&memory::memory()?),
            Request::Outputs { path, modes } => self.outputs(&path, &modes),
            Request::Quit => Ok(Fields::new()),
        }
    }

    fn hello(&self, protocol: u32) -> Result<Fields, Error> {
        if protocol != PROTOCOL {
            return Err(Error::bad_request(format!("protocol {protocol}: this worker speaks {PROTOCOL}")));
        }
        let benchmarks: BTreeMap<_, _> = self.arm.benchmarks.iter().map(|entry| (entry.name, entry.modes)).collect();
        reply(json!({
            "protocol": PROTOCOL,
            "arm": self.arm.name,
            "framework": self.arm.framework,
            "version": self.arm.version,
            "language": "rust",
            "pid": std::process::id(),
            "clock": "CLOCK_MONOTONIC",
            "benchmarks": benchmarks,
            "build": self.arm.build,
        }))
    }

    fn load(&mut self, load: &Load) -> Result<Fields, Error> {
        let benchmark = self.arm.benchmarks.iter().find(|entry| entry.name == load.benchmark).ok_or_else(|| {
            let names: Vec<_> = self.arm.benchmarks.iter().map(|entry| entry.name).collect();
            Error::unsupported(format!("benchmark {}: this arm has {names:?}", load.benchmark))
        })?;
        if load.threads == 0 {
            return Err(Error::bad_request("threads: at least 1"));
        }
        self.work = None; // its memory is free before the next data come
        let started_ns = now_ns();
        let dataset = Dataset::read(Path::new(&load.dataset.path))?;
        let ended_ns = now_ns();
        if dataset.variants() == 0 {
            return Err(Error::failed("data file: no tensor x.0"));
        }
        let work = self.work.insert((benchmark.load)(load, dataset)?);
        reply(json!({
            "started_ns": started_ns,
            "ended_ns": ended_ns,
            "variants": work.variants,
            "parameters": work.parameters,
            "call": work.call,
            "pools": work.pools,
        }))
    }

    fn outputs(&self, path: &str, modes: &[String]) -> Result<Fields, Error> {
        let work = self.loaded()?;
        let mut arrays = BTreeMap::new();
        for mode in modes {
            let timed = work.timed(mode)?;
            for variant in 0..work.variants {
                for (name, array) in timed.outputs(variant)? {
                    arrays.insert(format!("{mode}/{variant}/{name}"), array);
                }
            }
        }
        outputs::write(Path::new(path), &arrays)?;
        reply(json!({ "path": path }))
    }

    fn loaded(&self) -> Result<&Work, Error> {
        self.work.as_ref().ok_or_else(|| Error::bad_request("nothing is loaded"))
    }

    fn work(&self, variants: &[usize]) -> Result<&Work, Error> {
        let work = self.loaded()?;
        work.check(variants)?;
        Ok(work)
    }
}

fn reply(fields: Value) -> Result<Fields, Error> {
    protocol::fields(&fields)
}

/// The text of a panic.
pub fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a message".to_owned())
}
