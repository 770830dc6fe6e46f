//! Measures Rust's matchers: texts are spaced, searched for " entry " with overlaps, and each
//! text's ids are sorted and freed of repeats. One thread. bench/engine/engine.h has the protocol.
//!
//!     peers TEXTS ENTRIES OPTION
//!
//! OPTION: aho-corasick (contiguous NFA), daachorse-bytewise, daachorse-charwise, daachorse-trained
//! (bytewise, its layout fitted to a sixteenth of the texts), daachorse-spaced (bytewise; only the
//! overlapping search, over texts that were spaced beforehand).

use std::fs;
use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::time::Instant;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use daachorse::{CharwiseDoubleArrayAhoCorasick, DoubleArrayAhoCorasick};
use daachorse::{CharwiseDoubleArrayAhoCorasickBuilder, DoubleArrayAhoCorasickBuilder};
use xxhash_rust::xxh64::Xxh64;

type Failure = Box<dyn std::error::Error>;

/// Calls found with (end, id) of every occurrence of a pattern in a text.
trait Search {
    fn search(&self, text: &str, found: impl FnMut(usize, u32));
    fn heap_bytes(&self) -> usize;
    fn states(&self) -> usize;
}

impl Search for AhoCorasick {
    fn search(&self, text: &str, mut found: impl FnMut(usize, u32)) {
        for m in self.find_overlapping_iter(text) {
            found(m.end(), m.pattern().as_u32());
        }
    }
    fn heap_bytes(&self) -> usize {
        self.memory_usage()
    }
    fn states(&self) -> usize {
        0
    }
}

impl Search for DoubleArrayAhoCorasick<u32> {
    fn search(&self, text: &str, mut found: impl FnMut(usize, u32)) {
        for m in self.find_overlapping_iter(text) {
            found(m.end(), m.value());
        }
    }
    fn heap_bytes(&self) -> usize {
        self.heap_bytes()
    }
    fn states(&self) -> usize {
        self.num_states()
    }
}

impl Search for CharwiseDoubleArrayAhoCorasick<u32> {
    fn search(&self, text: &str, mut found: impl FnMut(usize, u32)) {
        for m in self.find_overlapping_iter(text) {
            found(m.end(), m.value());
        }
    }
    fn heap_bytes(&self) -> usize {
        self.heap_bytes()
    }
    fn states(&self) -> usize {
        self.num_states()
    }
}

/// The metaclip1 spacing of a text, in place of what was in out.
fn space(text: &str, out: &mut Vec<u8>) {
    out.clear();
    out.push(b' ');
    for &byte in text.as_bytes() {
        match byte {
            b',' | b'.' | b';' | b':' | b'?' | b'!' | b'`' => {
                out.extend_from_slice(&[b' ', byte, b' '])
            }
            b'\t' | b'\n' | b'\r' => out.push(b' '),
            _ => out.push(byte),
        }
    }
    out.push(b' ');
}

/// What space left of a text, as a string.
fn spaced_str(spaced: &[u8]) -> &str {
    // SAFETY: the text was a str, and only ASCII was put in or replaced.
    unsafe { std::str::from_utf8_unchecked(spaced) }
}

fn add(digest: &mut Xxh64, number: u32) {
    digest.update(&number.to_le_bytes());
}

/// One pass from raw texts to match sets; returns how many ids they hold.
fn match_texts(search: &impl Search, texts: &[&str], mut digest: Option<&mut Xxh64>) -> u64 {
    let (mut spaced, mut ids) = (Vec::new(), Vec::new());
    let mut matches = 0;
    for text in texts {
        space(text, &mut spaced);
        ids.clear();
        search.search(spaced_str(&spaced), |_, id| ids.push(id));
        ids.sort_unstable();
        ids.dedup();
        matches += black_box(&ids).len() as u64;
        if let Some(digest) = digest.as_deref_mut() {
            add(digest, ids.len() as u32);
            ids.iter().for_each(|&id| add(digest, id));
        }
    }
    matches
}

/// One pass over spaced texts; returns how many occurrences they hold.
fn find_all(search: &impl Search, texts: &[String], digest: Option<&mut Xxh64>) -> u64 {
    let (mut matches, mut seen) = (0, 0);
    match digest {
        None => {
            for text in texts {
                search.search(text, |end, id| {
                    matches += 1;
                    seen += end as u64 + u64::from(id);
                });
            }
        }
        Some(digest) => {
            let mut found = Vec::new();
            for text in texts {
                found.clear();
                search.search(text, |end, id| found.push((end as u32, id)));
                found.sort_unstable();
                matches += found.len() as u64;
                add(digest, found.len() as u32);
                for &(end, id) in &found {
                    add(digest, end);
                    add(digest, id);
                }
            }
        }
    }
    black_box(seen);
    matches
}

/// Obeys the driver until the end of its commands.
fn obey(mut pass: impl FnMut(Option<&mut Xxh64>) -> u64) -> Result<(), Failure> {
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line == "digest" {
            let mut digest = Xxh64::new(0);
            let matches = pass(Some(&mut digest));
            let digest = digest.digest();
            println!("{{\"matches\":{matches},\"digest\":\"{digest:016x}\"}}");
        } else if let Some(seconds) = line.strip_prefix("round ") {
            let seconds: f64 = seconds.trim().parse()?;
            let (start, mut passes) = (Instant::now(), 0);
            let (matches, taken) = loop {
                let matches = pass(None);
                passes += 1;
                let taken = start.elapsed().as_secs_f64();
                if taken >= seconds {
                    break (matches, taken);
                }
            };
            println!("{{\"passes\":{passes},\"seconds\":{taken:.6},\"matches\":{matches}}}");
        } else {
            return Err(format!("unknown command: {line}").into());
        }
        io::stdout().flush()?;
    }
    Ok(())
}

/// daachorse's errors, which are no std::error::Error, as ours.
fn built<S>(result: Result<S, daachorse::errors::DaachorseError>) -> Result<S, Failure> {
    result.map_err(|error| error.to_string().into())
}

/// Compiles, says so, and obeys.
fn run<S: Search>(
    texts: &[&str],
    only_search: bool,
    compile: impl FnOnce() -> Result<S, Failure>,
) -> Result<(), Failure> {
    let spaced: Vec<String> = texts
        .iter()
        .filter(|_| only_search)
        .map(|text| {
            let mut out = Vec::new();
            space(text, &mut out);
            spaced_str(&out).to_owned()
        })
        .collect();
    let bytes: usize = match only_search {
        true => spaced.iter().map(String::len).sum(),
        false => texts.iter().map(|text| text.len()).sum(),
    };
    let start = Instant::now();
    let search = compile()?;
    println!(
        "{{\"texts\":{},\"bytes\":{bytes},\"compile_seconds\":{:.6},\"automaton_bytes\":{},\
         \"states\":{}}}",
        texts.len(),
        start.elapsed().as_secs_f64(),
        search.heap_bytes(),
        search.states()
    );
    io::stdout().flush()?;
    match only_search {
        true => obey(|digest| find_all(&search, &spaced, digest)),
        false => obey(|digest| match_texts(&search, texts, digest)),
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, texts, entries, option] = arguments.as_slice() else {
        return Err("usage: peers TEXTS ENTRIES OPTION".into());
    };
    let text = fs::read_to_string(texts)?;
    let lines = |text: &'static str| text.split_terminator('\n');
    let texts: Vec<&str> = lines(Box::leak(text.into_boxed_str())).collect();
    let patterns: Vec<String> = lines(Box::leak(fs::read_to_string(entries)?.into_boxed_str()))
        .map(|entry| format!(" {entry} "))
        .collect();
    match option.as_str() {
        "aho-corasick" => run(&texts, false, || {
            Ok(AhoCorasick::builder()
                .kind(Some(AhoCorasickKind::ContiguousNFA))
                .match_kind(MatchKind::Standard)
                .build(&patterns)?)
        }),
        "daachorse-bytewise" => run(&texts, false, || {
            built(DoubleArrayAhoCorasickBuilder::new().build(&patterns))
        }),
        "daachorse-charwise" => run(&texts, false, || {
            built(CharwiseDoubleArrayAhoCorasickBuilder::new().build(&patterns))
        }),
        "daachorse-spaced" => run(&texts, true, || {
            built(DoubleArrayAhoCorasickBuilder::new().build(&patterns))
        }),
        "daachorse-trained" => {
            let mut spaced = Vec::new();
            let sample: Vec<Vec<u8>> = texts
                .iter()
                .step_by(16)
                .map(|text| {
                    space(text, &mut spaced);
                    spaced.clone()
                })
                .collect();
            run(&texts, false, || {
                built(
                    DoubleArrayAhoCorasickBuilder::new()
                        .corpus(&sample)
                        .build(&patterns),
                )
            })
        }
        _ => Err(format!("unknown option: {option}").into()),
    }
}
