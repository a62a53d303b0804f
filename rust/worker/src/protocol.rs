//! The messages: requests, replies, errors, and the bounded lines that carry them.

use std::io::{self, BufRead, Read, Write};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The version of the protocol that this crate speaks.
pub const PROTOCOL: u32 = 1;

/// The longest line that is read or written, its newline not counted.
pub const MAX_LINE: usize = 1 << 20;

/// An error's text is cut to this many bytes, so that a reply always fits in one line.
const MAX_MESSAGE: usize = 1 << 14;

/// Why a request could not be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// This arm has no such benchmark or mode, or cannot do what the parameters ask.
    Unsupported,
    /// The request is not one of the protocol, or does not fit the state of the worker.
    BadRequest,
    /// The library returned an error or panicked.
    Failed,
    /// The answer holds NaN or an infinity.
    Diverged,
    /// Memory ran out.
    OutOfMemory,
}

/// An error reply: its kind and what happened, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// Why, from the protocol's closed list.
    pub kind: Kind,
    /// What happened.
    pub message: String,
}

impl Error {
    /// Make an error of the given kind; a long message is cut.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if message.len() > MAX_MESSAGE {
            let end = (0..=MAX_MESSAGE).rev().find(|&i| message.is_char_boundary(i));
            message.truncate(end.unwrap_or(0));
        }
        Self { kind, message }
    }

    /// The arm has no such benchmark or mode, or cannot do what is asked.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Kind::Unsupported, message)
    }

    /// The request is wrong.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(Kind::BadRequest, message)
    }

    /// The library, the file or the system failed.
    pub fn failed(message: impl std::fmt::Display) -> Self {
        Self::new(Kind::Failed, message.to_string())
    }

    /// The answer is not finite.
    pub fn diverged(message: impl Into<String>) -> Self {
        Self::new(Kind::Diverged, message)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.message)
    }
}

impl std::error::Error for Error {}

/// Where the data are. The sum identifies them in the records; a worker does not check it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct DatasetFile {
    /// Path of the safetensors file.
    pub path: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// The request `load`: what to prepare.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Load {
    /// Name of the benchmark.
    pub benchmark: String,
    /// The data file.
    pub dataset: DatasetFile,
    /// Parameters in the benchmark's own terms.
    pub parameters: Map<String, Value>,
    /// Seed of everything random that the arm does itself.
    pub seed: u64,
    /// Thread budget.
    pub threads: usize,
}

impl Load {
    /// Read the parameters into a benchmark's own type; a missing or wrong one is a bad request.
    pub fn parameters<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_value(Value::Object(self.parameters.clone()))
            .map_err(|error| Error::bad_request(format!("parameters: {error}")))
    }
}

/// Everything that can be asked of a worker.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Who are you?
    Hello {
        /// Version of the protocol that the orchestrator speaks.
        protocol: u32,
    },
    /// Read the data, make inputs and models.
    Load(Load),
    /// One call per variant, in order.
    Warmup {
        /// What to call.
        mode: String,
        /// Input variants.
        variants: Vec<usize>,
    },
    /// How many calls take at least `min_ns`?
    Calibrate {
        /// What to call.
        mode: String,
        /// Input variants.
        variants: Vec<usize>,
        /// Shortest acceptable sample.
        min_ns: u64,
    },
    /// Take one sample.
    Run {
        /// What to call.
        mode: String,
        /// Input variants.
        variants: Vec<usize>,
        /// Number of calls.
        loops: u64,
        /// Stamp every call on its own.
        #[serde(default)]
        latency: bool,
    },
    /// Give free memory back and reset the high-water mark.
    ResetPeak,
    /// Resident memory and its high-water mark.
    Memory,
    /// Write every answer to a file.
    Outputs {
        /// Where to.
        path: String,
        /// Of which modes.
        modes: Vec<String>,
    },
    /// Say goodbye and exit.
    Quit,
}

/// What of a request can be read even if the rest is wrong: its name and token, echoed in the reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// Name of the request; empty if it has none.
    pub request: String,
    /// The orchestrator's token; empty if it has none.
    pub token: String,
}

/// Parse one line into its envelope and its request.
pub fn parse(line: &[u8]) -> (Envelope, Result<Request, Error>) {
    let value: Value = match serde_json::from_slice(line) {
        Ok(value) => value,
        Err(error) => return (Envelope::default(), Err(Error::bad_request(format!("not JSON: {error}")))),
    };
    let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let (request, token) = (text("request"), text("token"));
    let complete = request.is_some() && token.is_some();
    let envelope = Envelope { request: request.unwrap_or_default(), token: token.unwrap_or_default() };
    if !complete {
        let error = Error::bad_request("a request is an object with the strings `request` and `token`");
        return (envelope, Err(error));
    }
    let request = serde_json::from_value(value).map_err(|error| Error::bad_request(error.to_string()));
    (envelope, request)
}

/// The line that answers a request, newline included: its fields, or its error.
pub fn reply(envelope: &Envelope, outcome: Result<Map<String, Value>, Error>) -> Vec<u8> {
    let line = render(envelope, outcome);
    if line.len() <= MAX_LINE + 1 {
        return line;
    }
    let error = Error::failed(format!("the reply would be {} bytes long, the limit is {MAX_LINE}", line.len() - 1));
    let line = render(envelope, Err(error.clone()));
    if line.len() <= MAX_LINE + 1 {
        return line;
    }
    render(&Envelope::default(), Err(error)) // a token of a megabyte is not echoed
}

fn render(envelope: &Envelope, outcome: Result<Map<String, Value>, Error>) -> Vec<u8> {
    let (mut fields, status) = match outcome {
        Ok(fields) => (fields, "ok"),
        Err(Error { kind, message }) => {
            let mut fields = Map::new();
            fields.insert("kind".into(), serde_json::to_value(kind).unwrap_or(Value::Null));
            fields.insert("message".into(), message.into());
            (fields, "error")
        }
    };
    fields.insert("reply".into(), envelope.request.clone().into());
    fields.insert("token".into(), envelope.token.clone().into());
    fields.insert("status".into(), status.into());
    let mut line = Value::Object(fields).to_string().into_bytes();
    line.push(b'\n');
    line
}

/// Turn a reply's type into its fields.
pub fn fields(reply: &impl Serialize) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(reply) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => Err(Error::failed(format!("a reply must be an object, not {other}"))),
        Err(error) => Err(Error::failed(error)),
    }
}

/// A line as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A whole line, without its newline.
    Complete(Vec<u8>),
    /// More than [`MAX_LINE`] bytes: skipped.
    TooLong,
    /// The input has ended.
    End,
}

/// Read one line of at most [`MAX_LINE`] bytes; the rest of a longer one is skipped without being kept.
pub fn read_line(input: &mut impl BufRead) -> io::Result<Line> {
    let mut line = Vec::new();
    input.by_ref().take(MAX_LINE as u64 + 1).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(Line::End);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        return Ok(Line::Complete(line));
    }
    if line.len() <= MAX_LINE {
        return Ok(Line::Complete(line)); // the input ended without a newline
    }
    loop {
        let (skipped, found) = {
            let buffer = input.fill_buf()?;
            match buffer.iter().position(|&byte| byte == b'\n') {
                Some(at) => (at + 1, true),
                None => (buffer.len(), buffer.is_empty()),
            }
        };
        input.consume(skipped);
        if found {
            return Ok(Line::TooLong);
        }
    }
}

/// Write one reply line and flush it.
pub fn write_line(output: &mut impl Write, line: &[u8]) -> io::Result<()> {
    output.write_all(line)?;
    output.flush()
}
