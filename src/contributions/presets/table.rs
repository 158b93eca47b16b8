//! Tables as files, none with more rows or bytes than a program accepts.

use super::Written;
use std::io;

/// What a table looks like.
pub(super) struct Shape {
    /// The name of the files.
    pub(super) name: &'static str,
    /// Between cells.
    pub(super) separator: u8,
    /// Rows of a file, without the headings.
    pub(super) rows: usize,
    /// Bytes of a file, with them.
    pub(super) bytes: usize,
}

impl Shape {
    /// A table with commas, of any size.
    pub(super) fn of(name: &'static str, bytes: Option<usize>) -> Shape {
        Shape { name, separator: b',', rows: usize::MAX, bytes: bytes.unwrap_or(usize::MAX) }
    }
}

/// The files, each with the headings. Lines end with `\n`, and no cell holds a line end. A row that alone exceeds the bytes has a file of its own.
pub(super) fn write(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>, shape: &Shape) -> Vec<Written> {
    let head = line(head.iter().copied(), shape.separator);
    let mut files: Vec<Vec<u8>> = Vec::new();
    let mut count = 0;
    for row in rows {
        let row = line(row.iter().map(String::as_str), shape.separator);
        match files.last_mut().filter(|file| count < shape.rows && file.len() + row.len() <= shape.bytes) {
            Some(file) => file.extend(row),
            None => {
                files.push([&*head, &*row].concat());
                count = 0;
            }
        }
        count += 1;
    }
    numbered(shape.name, "csv", files)
}

/// Files of which each but the only one has its number in the name.
pub(super) fn numbered(name: &str, ending: &str, files: Vec<Vec<u8>>) -> Vec<Written> {
    let alone = files.len() == 1;
    let file = |(content, n): (Vec<u8>, usize)| {
        let ending = if alone { format!("{name}.{ending}") } else { format!("{name}-{n}.{ending}") };
        Written { ending, content }
    };
    files.into_iter().zip(1..).map(file).collect()
}

fn line<'a>(cells: impl Iterator<Item = &'a str>, separator: u8) -> Vec<u8> {
    let builder = || {
        let mut builder = csv::WriterBuilder::new();
        builder.delimiter(separator).terminator(csv::Terminator::Any(b'\n'));
        builder
    };
    let mut writer = builder().from_writer(Vec::new());
    // Writing into memory does not fail.
    let written = writer.write_record(cells).map_err(io::Error::other);
    written.and_then(|()| writer.into_inner().map_err(|error| error.into_error())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_end_at_the_byte() {
        let rows = || ["aaaa", "bbbb", "cc", "d"].map(|text| vec!["1".to_owned(), text.to_owned()]);
        let sizes = |bytes, most| {
            let shape = Shape { bytes, rows: most, ..Shape::of("x", None) };
            let files = write(&["id", "text"], rows(), &shape);
            files.into_iter().map(|file| (file.ending, file.content.len())).collect::<Vec<_>>()
        };
        let named = |name: &str, size| (name.to_owned(), size);
        assert_eq!(sizes(8 + 7 + 7 + 5 + 4, 9), [named("x.csv", 31)]);
        assert_eq!(sizes(8 + 7 + 7 + 5 + 3, 9), [named("x-1.csv", 27), named("x-2.csv", 12)]);
        assert_eq!(sizes(22, 9), [named("x-1.csv", 22), named("x-2.csv", 17)]);
        assert_eq!(sizes(1, 9).len(), 4);
        assert_eq!(sizes(999, 2), [named("x-1.csv", 22), named("x-2.csv", 17)]);
    }
}
