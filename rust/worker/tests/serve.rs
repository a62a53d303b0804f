//! Whole conversations with a small arm, in memory.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::rc::Rc;

use assay_worker::protocol::MAX_LINE;
use assay_worker::{serve, Answer, Arm, Array, Benchmark, Dataset, Error, Load, Mode, Work};
use safetensors::{tensor::TensorView, Dtype, SafeTensors};
use serde_json::{json, Value};

/// Sums x, or one row of it; the other modes misbehave on purpose.
fn sums(load: &Load, dataset: Dataset) -> Result<Work, Error> {
    let x: Vec<_> = (0..dataset.variants()).map(|v| dataset.matrix(&format!("x.{v}"))).collect::<Result<_, _>>()?;
    let (x, rows) = (Rc::new(x), 3);
    let all = Rc::clone(&x);
    let fit = move |variant: usize, _: usize| Ok(all[variant].values.iter().sum());
    let one = move |variant: usize, row: usize| Ok(x[variant].row(row).iter().sum());
    let nan = |_: usize, _: usize| Ok(f64::NAN);
    let panics = |_: usize, row: usize| -> Result<f64, Error> { panic!("the library gave up at row {row}") };
    let answer = |sum: &f64| Ok(Answer::from([("sum", Array::scalar(*sum))]));
    Ok(Work::new(dataset.variants(), "sum()", load.parameters.clone())
        .mode("fit", Mode::new(fit, answer))
        .mode("predict_one", Mode::new(one, answer).by_row(rows))
        .mode("nan", Mode::new(nan, answer))
        .mode("panic", Mode::new(panics, answer))
        .pool("crew", 2))
}

const ARM: Arm = Arm {
    name: "test",
    framework: "none",
    version: "1.2.3",
    build: BTreeMap::new(),
    benchmarks: &[Benchmark { name: "sums", modes: &["fit", "predict_one"], load: sums }],
};

/// Two variants of three rows and two columns.
fn data_file(name: &str) -> PathBuf {
    let bytes = |first: u32| -> Vec<u8> { (first..first + 6).flat_map(|v| f64::from(v).to_le_bytes()).collect() };
    let (a, b) = (bytes(1), bytes(11));
    let view = |data| TensorView::new(Dtype::F64, vec![3, 2], data).unwrap();
    let path = std::env::temp_dir().join(format!("assay-{}-{name}.safetensors", std::process::id()));
    let metadata = HashMap::from([("order".to_owned(), "C".to_owned())]);
    safetensors::serialize_to_file([("x.0", view(&a)), ("x.1", view(&b))], Some(metadata), &path).unwrap();
    path
}

fn load(path: &std::path::Path) -> Value {
    json!({"request": "load", "token": "l", "benchmark": "sums", "dataset": {"path": path, "sha256": "00"},
           "parameters": {"tol": 1e-12}, "seed": 18446744073709551615u64, "threads": 1})
}

/// Send lines, get replies.
fn talk(lines: &[Vec<u8>]) -> Vec<Value> {
    let input: Vec<u8> = lines.iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect();
    let mut output = Vec::new();
    serve::serve(&ARM, &mut input.as_slice(), &mut output).unwrap();
    let lines = output.split_inclusive(|&byte| byte == b'\n');
    lines.map(|line| serde_json::from_slice(line).expect("every reply is one line of JSON")).collect()
}

fn ask(requests: &[Value]) -> Vec<Value> {
    talk(&requests.iter().map(|request| request.to_string().into_bytes()).collect::<Vec<_>>())
}

#[test]
fn hello_says_who_answers() {
    let reply = &ask(&[json!({"request": "hello", "token": "t 1", "protocol": 1})])[0];
    assert_eq!((&reply["reply"], &reply["token"], &reply["status"]), (&json!("hello"), &json!("t 1"), &json!("ok")));
    assert_eq!(reply["benchmarks"], json!({"sums": ["fit", "predict_one"]}));
    assert_eq!((&reply["pid"], &reply["version"]), (&json!(std::process::id()), &json!("1.2.3")));
    let other = &ask(&[json!({"request": "hello", "token": "", "protocol": 2})])[0];
    assert_eq!(other["kind"], "bad_request");
}

#[test]
fn a_whole_conversation_is_answered_in_order() {
    let path = data_file("whole");
    let out = path.with_extension("out");
    let replies = ask(&[
        load(&path),
        json!({"request": "warmup", "token": "w", "mode": "fit", "variants": [0, 1, 1]}),
        json!({"request": "calibrate", "token": "c", "mode": "fit", "variants": [0, 1], "min_ns": 100_000}),
        json!({"request": "run", "token": "r", "mode": "fit", "variants": [1, 0], "loops": 5, "latency": false}),
        json!({"request": "run", "token": "p", "mode": "predict_one", "variants": [0], "loops": 5, "latency": true}),
        json!({"request": "outputs", "token": "o", "path": out, "modes": ["fit", "predict_one"]}),
        json!({"request": "quit", "token": "q"}),
        json!({"request": "hello", "token": "never", "protocol": 1}),
    ]);
    let bytes = std::fs::read(&out).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::remove_file(&out).unwrap();
    let tokens: Vec<_> = replies.iter().map(|reply| reply["token"].as_str().unwrap()).collect();
    assert_eq!(tokens, ["l", "w", "c", "r", "p", "o", "q"], "nothing is answered after quit");
    assert!(replies.iter().all(|reply| reply["status"] == "ok"), "{replies:?}");
    assert_eq!((&replies[0]["variants"], &replies[0]["parameters"]), (&json!(2), &json!({"tol": 1e-12})));
    assert_eq!(replies[0]["pools"], json!([{"name": "crew", "threads": 2}]));
    assert_eq!(replies[1]["wall_ns"].as_array().unwrap().len(), 3);
    assert!(replies[2]["wall_ns"].as_u64() >= Some(100_000));
    assert_eq!(replies[3]["checksums"], json!([[81.0, 81.0, 81.0], [21.0, 21.0, 21.0]]));
    assert!(replies[3]["t1_ns"].as_u64() > replies[3]["t0_ns"].as_u64());
    assert_eq!(replies[4]["checksums"][0][0], 7.0, "call 4 works on row 1 of 3");
    let counted: u64 = replies[4]["histogram"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(counted, 5);
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut names = file.names();
    names.sort_unstable();
    assert_eq!(names, ["fit/0/sum", "fit/1/sum", "predict_one/0/sum", "predict_one/1/sum"]);
    assert_eq!(file.tensor("predict_one/1/sum").unwrap().data(), [23.0f64, 27.0, 31.0].map(f64::to_le_bytes).concat());
}

#[test]
fn errors_have_their_kind_and_the_worker_goes_on() {
    let path = data_file("errors");
    let run = |mode: &str, variants: Value, loops: u64| json!({"request": "run", "token": "", "mode": mode, "variants": variants, "loops": loops, "latency": false});
    let mut other = load(&path);
    other["benchmark"] = json!("lasso");
    let mut missing = load(&path);
    missing["dataset"]["path"] = json!("/nowhere/at/all");
    let cases = [
        (run("fit", json!([0]), 1), "bad_request", "nothing is loaded"),
        (other, "unsupported", "lasso"),
        (missing, "failed", "/nowhere/at/all"),
        (load(&path), "", ""),
        (run("transform", json!([0]), 1), "unsupported", "transform"),
        (run("fit", json!([2]), 1), "bad_request", "variant 2"),
        (run("fit", json!([]), 1), "bad_request", "variants"),
        (run("fit", json!(vec![0; 65]), 1), "bad_request", "variants"),
        (run("fit", json!([0]), 0), "bad_request", "loops"),
        (run("nan", json!([0]), 1), "diverged", "sum"),
        (run("panic", json!([0]), 1), "failed", "the library gave up at row 0"),
        (json!({"request": "dance", "token": ""}), "bad_request", "dance"),
        (json!({"request": "run", "token": "", "mode": "fit"}), "bad_request", "variants"),
        (json!({"request": "outputs", "token": "", "path": "/nowhere/x", "modes": ["fit"]}), "failed", "/nowhere/x"),
        (json!({"request": "outputs", "token": "", "path": "/tmp/x", "modes": ["nan"]}), "diverged", "nan/0/sum[0]"),
        (run("fit", json!([0]), 1), "", ""),
    ];
    let replies = ask(&cases.iter().map(|case| case.0.clone()).collect::<Vec<_>>());
    std::fs::remove_file(&path).unwrap();
    for (reply, (request, kind, word)) in replies.iter().zip(&cases) {
        if kind.is_empty() {
            assert_eq!(reply["status"], "ok", "{request} {reply}");
        } else {
            assert_eq!((&reply["status"], &reply["kind"]), (&json!("error"), &json!(kind)), "{request} {reply}");
            assert!(reply["message"].as_str().unwrap().contains(word), "{request} {reply}");
        }
    }
}

#[test]
fn a_line_over_the_limit_is_refused_and_the_next_one_answered() {
    let hello = br#"{"request":"hello","token":"t","protocol":1}"#.to_vec();
    let pad = |length: usize| [hello.clone(), vec![b' '; length - hello.len()]].concat();
    let replies = talk(&[pad(MAX_LINE), pad(MAX_LINE + 1), vec![b'x'; 5 << 20], hello]);
    let status: Vec<_> = replies.iter().map(|reply| reply["status"].as_str().unwrap()).collect();
    assert_eq!(status, ["ok", "error", "error", "ok"]);
    assert_eq!(replies[2]["kind"], "bad_request");
}

#[test]
fn a_reply_over_the_limit_becomes_an_error() {
    // The token alone fits in a request, but not in the reply, which has more fields.
    let token = "\u{1}".repeat((MAX_LINE - 29) / 6);
    let line = json!({"request": "quit", "token": token}).to_string().into_bytes();
    assert!(line.len() <= MAX_LINE);
    let replies = talk(&[line]);
    assert_eq!((&replies[0]["status"], &replies[0]["kind"]), (&json!("error"), &json!("failed")));
}

/// A small generator of random numbers (Vigna, splitmix64), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

#[test]
fn damaged_requests_are_always_answered_with_one_line() {
    let path = data_file("damaged");
    let seeds = [
        load(&path),
        json!({"request": "hello", "token": "t", "protocol": 1}),
        json!({"request": "warmup", "token": "t", "mode": "fit", "variants": [0, 1]}),
        json!({"request": "calibrate", "token": "t", "mode": "fit", "variants": [0, 1], "min_ns": 1}),
        json!({"request": "run", "token": "t", "mode": "fit", "variants": [0], "loops": 2, "latency": false}),
        json!({"request": "memory", "token": "t"}),
    ];
    let words: [&[u8]; 8] = [b"null", b"-1", b"1e999", b"\"\\ud800\"", b"[[[[[[", b"\xff\xfe", b"{}", b"\0"];
    let mut random = Random(2026);
    let mut lines = Vec::new();
    for _ in 0..20_000 {
        let mut line = seeds[random.below(seeds.len())].to_string().into_bytes();
        for _ in 0..random.below(4) {
            if line.is_empty() {
                break;
            }
            let at = random.below(line.len());
            match random.below(4) {
                0 => line[at] = random.below(256) as u8,
                1 => drop(line.remove(at)),
                2 => line.truncate(at + 1),
                _ => drop(line.splice(at..at, words[random.below(words.len())].iter().copied())),
            }
        }
        line.retain(|&byte| byte != b'\n');
        // A damaged number of calls may be huge, and then it is rightly obeyed: keep these short.
        if !line.is_empty() && !String::from_utf8_lossy(&line).contains("\"quit\"") && !has_long_number(&line) {
            lines.push(line);
        }
    }
    let replies = talk(&lines);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(replies.len(), lines.len());
    let count = |status: &str| replies.iter().filter(|reply| reply["status"] == status).count();
    assert_eq!(count("ok") + count("error"), replies.len());
    assert!(count("ok") > 1000 && count("error") > 1000, "the damage must leave some lines whole");
}

fn has_long_number(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    ["loops\":", "min_ns\":"].iter().filter_map(|key| text.split_once(key)).any(|(_, rest)| {
        let number: String = rest.chars().take_while(|c| !",}".contains(*c)).collect();
        number.len() > 6
    })
}

#[test]
fn bytes_without_any_meaning_never_stop_the_worker() {
    let mut random = Random(7);
    let lines: Vec<Vec<u8>> = (0..3000)
        .map(|_| (0..1 + random.below(200)).map(|_| random.below(256) as u8).filter(|&b| b != b'\n').collect())
        .filter(|line: &Vec<u8>| !line.is_empty())
        .collect();
    let replies = talk(&lines);
    assert_eq!(replies.len(), lines.len());
    assert!(replies.iter().all(|reply| reply["kind"] == "bad_request"));
    let deep = [vec![b'['; 1 << 20], b"{\"a\":".repeat(200_000)];
    assert!(talk(&deep).iter().all(|reply| reply["kind"] == "bad_request"));
}
