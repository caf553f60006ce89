//! Joins the lines that one statement printed: a stack trace is one thing over many lines.

use super::{
    LINE_BYTES,
    stack_trace::{LineRole, StackTrace},
};

/// A log event: what one statement printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEvent<'a> {
    /// The lines that say what happened, with line breaks between them. Frames of a stack trace are left out.
    pub text: &'a [u8],
    /// Lines of the log that the event took, those left out included.
    pub lines: usize,
}

/// Reads the lines of one log, in order, and hands out its events.
///
/// An event is handed out once the line after it is known, the last one by [`finish`](Self::finish).
#[derive(Debug, Default)]
pub struct EventJoiner {
    /// The event that may go on.
    text: Vec<u8>,
    lines: usize,
    trace: StackTrace,
}

impl EventJoiner {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one line, without its line break. A text of several lines, as CloudWatch Logs has them, is an event
    /// of its own unless it goes on with a stack trace.
    pub fn push(&mut self, line: &[u8], event: impl FnMut(LogEvent<'_>)) {
        match self.trace.role(line, &self.text) {
            LineRole::Begins => {
                self.hand_out(event);
                self.append(line);
            }
            LineRole::Says => {
                self.append(b"\n");
                self.append(line);
            }
            LineRole::Frame => (),
        }
        self.lines = self.lines.saturating_add(1);
    }

    /// Hands out the last event.
    pub fn finish(mut self, event: impl FnMut(LogEvent<'_>)) {
        self.hand_out(event);
    }

    fn hand_out(&mut self, mut event: impl FnMut(LogEvent<'_>)) {
        if self.lines > 0 {
            event(LogEvent { text: &self.text, lines: self.lines });
        }
        self.text.clear();
        self.lines = 0;
    }

    /// One byte more than is read of an event is kept, so that it can be told from one that ends there.
    fn append(&mut self, more: &[u8]) {
        let room = LINE_BYTES.saturating_add(1).saturating_sub(self.text.len());
        self.text.extend_from_slice(more.get(..room).unwrap_or(more));
    }
}
