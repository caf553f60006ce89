//! `nightshift logs cluster` prints the template of every line.

use std::io::{self, BufWriter, Read, Write};

use rca::templates::{EventJoiner, LogEvent, Miner};

use super::lines;
use crate::failure::Failure;

const BUFFER: usize = 256 * 1024;

/// Writes `<template id>\t<template>` for every line of `input`, in order; all lines of a stack trace have its
/// template, and a blank line has none. A template is known once all lines are read: until then four bytes are
/// kept of a line, its signature's id.
pub(crate) fn cluster(input: impl Read, output: impl Write) -> Result<(), Failure> {
    let mut miner = Miner::new();
    let mut signatures = Vec::new();
    let mut add = |event: LogEvent<'_>| {
        let signature = miner.add(event.text);
        signatures.extend(std::iter::repeat_n(signature, event.lines));
    };
    let mut joiner = EventJoiner::new();
    lines::for_each(input, |line| joiner.push(line, &mut add))
        .map_err(|error| Failure::Operation(format!("standard input: {error}")))?;
    joiner.finish(&mut add);
    let templates = miner.finish();
    let answers: Vec<String> =
        templates.iter().enumerate().map(|(id, template)| format!("{id}\t{}\n", template.text)).collect();
    let blank = "\t\n".to_owned();
    let answer = |signature: Option<_>| {
        let template = templates.template_of(signature?)?;
        answers.get(template.index())
    };
    match write(output, signatures.into_iter().map(|signature| answer(signature).unwrap_or(&blank))) {
        // A reader that has closed the pipe has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::Operation(format!("standard output: {error}")))
        }
        _ => Ok(()),
    }
}

fn write<'a>(output: impl Write, answers: impl Iterator<Item = &'a String>) -> io::Result<()> {
    let mut output = BufWriter::with_capacity(BUFFER, output);
    for answer in answers {
        output.write_all(answer.as_bytes())?;
    }
    output.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(input: &[u8]) -> String {
        let mut output = Vec::new();
        cluster(input, &mut output).unwrap();
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn cluster_lines_get_an_id_and_a_template_each_in_order() {
        assert_eq!(
            answer(b"took 5 ms\nstarted\n\ntook 77 ms\nbad \xff byte"),
            "0\ttook <*>\n1\tstarted\n\t\n0\ttook <*>\n2\tbad \u{fffd} byte\n"
        );
        assert_eq!(answer(b""), "");
    }

    #[test]
    fn cluster_line_with_controls_and_separators_stays_one_line_of_answer() {
        let answer = answer("a\u{2028}b \u{85} c \u{b} d\u{202e}\te\r\n".as_bytes());
        assert_eq!(answer, "0\ta b c d e\n");
    }

    /// Fails with `kind` on every write.
    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn cluster_reader_that_left_is_no_failure_and_a_full_disk_is() {
        assert!(cluster(b"a\n".as_slice(), Broken(io::ErrorKind::BrokenPipe)).is_ok());
        let failure = cluster(b"a\n".as_slice(), Broken(io::ErrorKind::StorageFull)).unwrap_err();
        assert!(failure.to_string().starts_with("standard output: "), "{failure}");
    }
}
