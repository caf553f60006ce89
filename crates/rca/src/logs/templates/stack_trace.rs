//! Tells which lines belong to one stack trace, in the forms that the runtimes of Java, Node.js, .NET, Python,
//! Go, Ruby and Rust print.
//!
//! A trace says what happened by its exceptions, their types and messages; the frames between them don't
//! count. Frames that other lines came in between are frames still.

use super::trace_lines::{
    is_call, is_error_name, is_exception, is_frame, is_goroutine, is_panic, is_rust_panic, is_traceback,
    payload, reads_like_an_error,
};

/// What a line is to the event before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineRole {
    /// It belongs to another event.
    Begins,
    /// It says what happened: an exception, or the cause of one.
    Says,
    /// It is a frame, a line of source, or an empty line in between.
    Frame,
}

/// What can follow the last line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Expects {
    /// No trace has begun.
    #[default]
    Anything,
    /// Frames, or the cause of the exception before them.
    Frames,
    /// Python's way: frames, and then the exception.
    FramesAndException,
    /// Python's way: the exception of which the last one was the cause.
    Traceback,
    /// Rust's way: the message on the line after `panicked at`.
    Message,
    /// Go's way: calls that aren't indented.
    Calls,
}

/// Follows the lines of one log.
#[derive(Debug, Default)]
pub(super) struct StackTrace {
    expects: Expects,
}

impl StackTrace {
    /// `event`: the lines of the event so far that say what happened.
    pub(super) fn role(&mut self, line: &[u8], event: &[u8]) -> LineRole {
        let (indented, text) = payload(line);
        if let Some((role, expects)) = self.continues(indented, text, event) {
            self.expects = expects;
            return role;
        }
        self.expects = match () {
            () if is_traceback(text) => Expects::FramesAndException,
            () if is_panic(text) || is_goroutine(text) => Expects::Calls,
            () if is_rust_panic(text) && text.ends_with(b":") => Expects::Message,
            () if is_rust_panic(text) => Expects::Frames,
            () => Expects::Anything,
        };
        LineRole::Begins
    }

    /// The line's role in the event, and what can follow it; `None` where it begins another event.
    fn continues(&self, indented: bool, text: &[u8], event: &[u8]) -> Option<(LineRole, Expects)> {
        let expects = self.expects;
        if text.is_empty() {
            return (expects != Expects::Anything).then_some((LineRole::Frame, expects));
        }
        if indented && is_frame(text) && !event.is_empty() {
            let expects = if expects == Expects::Anything { Expects::Frames } else { expects };
            return Some((LineRole::Frame, expects));
        }
        match expects {
            Expects::Anything => logged_exception(text, event),
            Expects::Message => Some((LineRole::Says, Expects::Frames)),
            _ if indented => Some((LineRole::Frame, expects)),
            Expects::FramesAndException => {
                is_exception(text).then_some((LineRole::Says, Expects::Frames)).or_else(|| after_frames(text))
            }
            Expects::Frames => after_frames(text),
            Expects::Traceback => {
                is_traceback(text).then_some((LineRole::Frame, Expects::FramesAndException))
            }
            Expects::Calls => {
                (is_goroutine(text) || is_call(text)).then_some((LineRole::Frame, Expects::Calls))
            }
        }
    }
}

/// The exception that a logger prints after its own line, which reads like an error.
fn logged_exception(text: &[u8], event: &[u8]) -> Option<(LineRole, Expects)> {
    let found = if is_traceback(text) {
        (LineRole::Frame, Expects::FramesAndException)
    } else if is_error_name(text) {
        (LineRole::Says, Expects::Frames)
    } else {
        return None;
    };
    reads_like_an_error(event).then_some(found)
}

fn after_frames(text: &[u8]) -> Option<(LineRole, Expects)> {
    let says = |said: &[&[u8]]| said.iter().any(|said| text.starts_with(said));
    if says(&[b"Caused by: "]) {
        Some((LineRole::Says, Expects::Frames))
    } else if says(&[b"During handling of the above exception", b"The above exception was the direct cause"])
    {
        Some((LineRole::Frame, Expects::Traceback))
    } else if says(&[b"stack backtrace:", b"note: "]) {
        Some((LineRole::Frame, Expects::Frames))
    } else {
        None
    }
}
