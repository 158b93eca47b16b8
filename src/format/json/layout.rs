//! Where line ends stand in the JSON: so that people can look into it and `diff` shows single words.
//!
//! What lies in an array gets a line of its own; an object in an array is one line, with the objects in it and
//! apart from the arrays in it; any other object has one field a line. Neither serde_json's compact layout (one line of megabytes) nor its pretty
//! one (six lines a word) is fit for 60,000 words.

use serde_json::ser::Formatter;
use std::io::{self, Write};

/// The innermost container last.
#[derive(Default)]
pub(super) struct Layout {
    open: Vec<Container>,
    filled: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Container {
    Array,
    /// Its fields share a line.
    Flat,
    /// Each field has its line.
    Tall,
}

impl Layout {
    fn line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        const INDENTED: &[u8] = b"\n                ";
        let depth = self.open.iter().filter(|c| **c != Container::Flat).count();
        out.write_all(&INDENTED[..INDENTED.len().min(1 + 2 * depth)])
    }

    fn next<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        let flat = self.open.last() == Some(&Container::Flat);
        if !first {
            out.write_all(if flat { b", " } else { b"," })?;
        }
        self.filled = true;
        if flat { Ok(()) } else { self.line(out) }
    }

    fn end<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        let closed = self.open.pop();
        if self.filled && closed != Some(Container::Flat) {
            self.line(out)?;
        }
        self.filled = true;
        out.write_all(bracket)
    }
}

impl Formatter for Layout {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open.push(Container::Array);
        self.filled = false;
        out.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        let inside = matches!(self.open.last(), Some(Container::Array | Container::Flat));
        self.open.push(if inside { Container::Flat } else { Container::Tall });
        self.filled = false;
        out.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.end(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b": ")
    }
}
