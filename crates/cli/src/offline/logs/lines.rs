//! Lines of any length and encoding, one at a time.

use std::io::{self, BufRead, BufReader, Read};

use rca::templates::LINE_BYTES;

const BUFFER: usize = 256 * 1024;
/// Of a longer line only the beginning is handed out: one byte more than is read of it, so that it can be
/// told from a line that ends there.
const KEPT: usize = LINE_BYTES + 1;

/// Calls `each` with every line of `input`, without its line break. The last line needs none.
pub(super) fn for_each(input: impl Read, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let mut input = BufReader::with_capacity(BUFFER, input);
    // The beginning of a line that goes on in the next buffer.
    let mut begun = Vec::new();
    let mut open = false;
    loop {
        let buffer = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            buffer => buffer?,
        };
        if buffer.is_empty() {
            break;
        }
        let length = buffer.len();
        let mut rest = buffer;
        while !rest.is_empty() {
            let all = rest;
            let length = rest.skip_until(b'\n')?;
            let line = all.get(..length).unwrap_or(all);
            match (line.strip_suffix(b"\n"), open) {
                (Some(line), false) => each(line),
                (Some(line), true) => {
                    append(&mut begun, line);
                    each(&begun);
                    begun.clear();
                    open = false;
                }
                (None, _) => {
                    append(&mut begun, line);
                    open = true;
                }
            }
        }
        input.consume(length);
    }
    if open {
        each(&begun);
    }
    Ok(())
}

fn append(begun: &mut Vec<u8>, more: &[u8]) {
    let room = KEPT.saturating_sub(begun.len());
    begun.extend_from_slice(more.get(..room).unwrap_or(more));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(input: impl Read) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        for_each(input, |line| lines.push(line.to_vec())).unwrap();
        lines
    }

    /// One byte a read.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(&mut buffer[..1])
        }
    }

    #[test]
    fn for_each_table() {
        for (input, expected) in [
            ("", &[] as &[&str]),
            ("a", &["a"]),
            ("a\n", &["a"]),
            ("a\n\n", &["a", ""]),
            ("\n", &[""]),
            ("a\r\nb", &["a\r", "b"]),
        ] {
            assert_eq!(
                lines(input.as_bytes()),
                expected.iter().map(|line| line.as_bytes()).collect::<Vec<_>>()
            );
            assert_eq!(lines(Slow(input.as_bytes())), lines(input.as_bytes()), "{input:?}");
        }
    }

    #[test]
    fn for_each_line_longer_than_the_buffer_keeps_its_beginning() {
        let long = [vec![b'x'; 3 * BUFFER], b"\nshort\n".to_vec()].concat();
        let found = lines(long.as_slice());
        assert_eq!(found[0], vec![b'x'; KEPT]);
        assert_eq!(found[1], b"short");
        assert_eq!(found.len(), 2);
    }
}
