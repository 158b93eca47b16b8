//! The speaker's name before the first words of a turn, for formats that have no other place for it.

use super::super::Captions;
use super::super::text::width;

/// `Speaker 1: `; on a line of its own where it would leave too little room beside it, and shortened where it does not fit even
/// then, or where there is one line only. `first`: columns of the first word.
pub(super) fn label(name: &str, first: usize, rules: &Captions) -> String {
    let (columns, room) = (width(name) + 2, rules.line_width);
    if columns <= room * 2 / 3 && columns + first <= room {
        format!("{name}: ")
    } else if rules.line_count > 1 {
        format!("{}:\n", shortened(name, room - 1))
    } else {
        format!("{}: ", shortened(name, room / 2 - 2))
    }
}

/// `name` in at most `most` columns (at least 2), with `…` if something is missing.
fn shortened(name: &str, most: usize) -> String {
    if width(name) <= most {
        return name.to_owned();
    }
    let ends = name.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|&end| width(&name[..end]) < most).last().unwrap_or(0);
    format!("{}…", name[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_leave_room_for_words() {
        let two = Captions::web();
        let one = Captions { line_count: 1, ..two };
        let long = "Anna-Lena Meyer-Schmidt (Vorsitz)";
        assert_eq!(label("Frau Öz", 5, &two), "Frau Öz: ");
        assert_eq!(label("Oberbürgermeister Dr. Jung", 14, &two), "Oberbürgermeister Dr. Jung: ");
        assert_eq!(label("Oberbürgermeister Dr. Jung", 15, &two), "Oberbürgermeister Dr. Jung:\n");
        assert_eq!(label(long, 5, &two), format!("{long}:\n"));
        assert_eq!(label(&format!("{long}, Fraktion der Grünen"), 5, &two), format!("{long}, Frakt…:\n"));
        assert_eq!(label(long, 5, &one), "Anna-Lena Meyer-Sc…: ");
        assert_eq!(label("会議の議長です会議の議長", 5, &Captions { line_width: 10, ..two }), "会議の議…:\n");
        assert_eq!(label("会議", 9, &Captions { line_width: 10, ..one }), "会…: ");
    }
}
