//! How fast lines without a record are passed over, beside a search for one word in the same
//! bytes. Both take turns, so that what else the machine does weighs on both.

use std::hint::black_box;
use std::time::{Duration, Instant};

use event_record::line::NEEDLE;
use event_relay::source::finder::Finder;

/// As much as the relay reads at once.
const CHUNK: usize = 256 << 10;
const BYTES: usize = 64 << 20;
const ROUNDS: usize = 15;

const JSON: &str = include_str!("../../event-record/tests/data/policy-server.json.log");
const TEXT: &str = include_str!("../../event-record/tests/data/policy-server.text.log");

fn main() {
    for (name, log) in [("JSON", JSON), ("text", TEXT)] {
        let lines: String = log
            .lines()
            .filter(|line| !line.contains(NEEDLE))
            .flat_map(|line| [line, "\n"])
            .collect();
        let bytes = lines.repeat(BYTES / lines.len()).into_bytes();
        let needle = memchr::memmem::Finder::new(NEEDLE);
        let (mut word, mut finder) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            word = word.min(time(|| {
                for chunk in bytes.chunks(CHUNK) {
                    assert!(needle.find(black_box(chunk)).is_none());
                }
            }));
            finder = finder.min(time(|| {
                let mut finder = Finder::default();
                for chunk in bytes.chunks(CHUNK) {
                    finder.feed(black_box(chunk), |_| panic!("there is no record"));
                }
            }));
        }
        say(&format!(
            "{name}: {} bytes a line; the word alone {:.2} GB/s, the relay's search {:.2} GB/s: {:.2} times as long",
            lines.len() / lines.lines().count().max(1),
            speed(bytes.len(), word),
            speed(bytes.len(), finder),
            finder.as_secs_f64() / word.as_secs_f64(),
        ));
    }
}

fn time(run: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    run();
    begun.elapsed()
}

#[expect(clippy::cast_precision_loss, reason = "it is printed with two digits")]
fn speed(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64() / 1e9
}

#[expect(clippy::print_stdout, reason = "a benchmark's result")]
fn say(text: &str) {
    println!("{text}");
}
