//! Charts of a document as SVG in the page, without scripts. Colours come from the page's style, so that they suit light, dark and paper.

use super::escape::html;
use crate::document::{Chart, ChartContent, Share};
use crate::{Millis, Span};
use std::fmt::Write as _;
use std::io::{self, Write};

/// The picture's width; all lengths are in its units, about a CSS pixel each.
const WIDTH: f64 = 1000.0;
/// Where labels end and bars begin.
const LABELS: f64 = 210.0;
/// What is right of bars, for their values.
const VALUES: f64 = 80.0;
/// From one row to the next, and the part of it that a bar takes.
const ROW: f64 = 28.0;
const BAR: f64 = 18.0;
/// What is above the rows, for marks, and below them, for times.
const MARKS: f64 = 22.0;
const TIMES: f64 = 26.0;
/// What is right of the last time, so that it is not cut.
const HALF_TIME: f64 = 30.0;
/// Characters of a label.
const LONGEST_LABEL: usize = 26;
/// Characters of a mark, and how far marks with a label are apart.
const LONGEST_MARK: usize = 10;
const MARK_ROOM: f64 = 90.0;
/// Colours of the page's style.
const COLOURS: usize = 8;
/// Steps between times, in seconds; of these the smallest that gives at most [`MOST_STEPS`].
const STEPS: [u64; 14] = [1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 86_400];
const MOST_STEPS: u64 = 10;

pub(super) fn write(chart: &Chart, out: &mut impl Write) -> io::Result<()> {
    let title = html(&chart.title);
    let mut picture = String::new();
    // Writing into memory does not fail.
    let height = match &chart.content {
        ChartContent::Shares(shares) => draw_shares(shares, &mut picture),
        ChartContent::Timeline { window, rows, marks } => draw_timeline(*window, rows, marks, &mut picture),
    };
    writeln!(
        out,
        "<figure class=\"chart\" tabindex=\"0\"><figcaption>{title}</figcaption>\
         <svg role=\"img\" aria-label=\"{title}\" viewBox=\"0 0 {WIDTH} {height:.0}\">{picture}</svg></figure>"
    )
}

/// Returns the height.
fn draw_shares(shares: &[Share], picture: &mut String) -> f64 {
    let room = WIDTH - LABELS - VALUES;
    for (n, Share { label, part, value }) in shares.iter().enumerate() {
        let top = n as f64 * ROW + (ROW - BAR) / 2.0;
        let length = room * part.clamp(0.0, 1.0);
        draw_label(label, n as f64 * ROW, picture);
        let _ = write!(
            picture,
            "<rect class=\"back\" x=\"{LABELS}\" y=\"{top:.1}\" width=\"{room}\" height=\"{BAR}\"/>\
             <rect class=\"bar\" x=\"{LABELS}\" y=\"{top:.1}\" width=\"{length:.1}\" height=\"{BAR}\"/>\
             <text class=\"end\" x=\"{WIDTH}\" y=\"{:.1}\">{}</text>",
            top + 14.0,
            html(value)
        );
    }
    shares.len() as f64 * ROW
}

/// Returns the height.
fn draw_timeline(window: Span, rows: &[(String, Vec<Span>)], marks: &[(Millis, String)], picture: &mut String) -> f64 {
    let bottom = MARKS + rows.len() as f64 * ROW;
    let length = window.length().0.max(1);
    let place =
        |at: Millis| LABELS + (WIDTH - LABELS - HALF_TIME) * (at - window.start).0.min(length) as f64 / length as f64;
    let step = STEPS.iter().map(|s| s * 1000).find(|step| length / step <= MOST_STEPS);
    let step = step.unwrap_or(length.div_ceil(MOST_STEPS));
    let first = window.start.0.div_ceil(step);
    for at in (first..=window.end.0 / step).map(|n| Millis(n * step)) {
        let x = place(at);
        let _ = write!(
            picture,
            "<path class=\"grid\" d=\"M{x:.1} {MARKS}V{bottom:.1}\"/>\
             <text class=\"dim middle\" x=\"{x:.1}\" y=\"{:.1}\">{at}</text>",
            bottom + 18.0
        );
    }
    for (n, (label, spans)) in rows.iter().enumerate() {
        let top = MARKS + n as f64 * ROW;
        draw_label(label, top, picture);
        let _ = write!(picture, "<path class=\"bar v{}\" d=\"", n % COLOURS + 1);
        for (from, to) in visible(spans.iter().map(|span| (place(span.start), place(span.end)))) {
            let _ =
                write!(picture, "M{from:.1} {:.1}h{:.1}v{BAR}h-{:.1}z", top + (ROW - BAR) / 2.0, to - from, to - from);
        }
        picture.push_str("\"/>");
    }
    let mut free = 0.0;
    for (at, label) in marks {
        let x = place(*at);
        let _ = write!(picture, "<path class=\"mark\" d=\"M{x:.1} {MARKS}V{bottom:.1}\"/>");
        if x >= free {
            let _ = write!(
                picture,
                "<text class=\"dim\" x=\"{x:.1}\" y=\"14\">{}</text>",
                html(&short(label, LONGEST_MARK))
            );
            free = x + MARK_ROOM;
        }
    }
    bottom + TIMES
}

fn draw_label(label: &str, top: f64, picture: &mut String) {
    let (x, y) = (LABELS - 12.0, top + ROW / 2.0 + 5.0);
    let _ = write!(picture, "<text class=\"end\" x=\"{x}\" y=\"{y:.1}\">{}</text>", html(&short(label, LONGEST_LABEL)));
}

fn short(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most - 1).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// The stretches as they can be seen: at least one unit wide, and as one where less than half a unit is between them.
fn visible(stretches: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut drawn: Vec<(f64, f64)> = Vec::new();
    for (from, to) in stretches {
        let to = to.max(from + 1.0);
        match drawn.last_mut().filter(|last| from < last.1 + 0.5) {
            Some(last) => last.1 = last.1.max(to),
            None => drawn.push((from, to)),
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(content: ChartContent) -> String {
        let mut out = Vec::new();
        assert!(write(&Chart { title: "A & B".into(), content }, &mut out).is_ok());
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn a_bar_is_as_long_as_its_part() {
        let share = |label: &str, part, value: &str| Share { label: label.into(), part, value: value.into() };
        let page =
            drawn(ChartContent::Shares(vec![share("<Anna>", 0.5, "50 %"), share(&"x".repeat(40), 2.0, "200 %")]));
        assert!(page.contains("aria-label=\"A &amp; B\"") && page.contains("&lt;Anna&gt;</text>"), "{page}");
        assert!(page.contains("width=\"355.0\"") && page.contains("width=\"710.0\""), "{page}");
        assert!(page.contains(&format!("{}…</text>", "x".repeat(25))), "{page}");
    }

    #[test]
    fn times_are_on_a_line_and_what_cannot_be_seen_apart_is_one() {
        assert_eq!(visible([(0.0, 0.1), (1.2, 3.0), (10.0, 11.5)].into_iter()), [(0.0, 3.0), (10.0, 11.5)]);
        let rows = vec![("Anna".to_owned(), vec![Span::new(60_000, 90_000), Span::new(600_000, 660_000)])];
        let page = drawn(ChartContent::Timeline {
            window: Span::new(60_000, 660_000),
            rows,
            marks: vec![(Millis(60_000), "TOP 1".into()), (Millis(61_000), "TOP 2".into())],
        });
        assert!(page.contains("M210.0 27.0h38.0v18h-38.0z"), "{page}");
        assert!(page.contains("0:11:00</text>") && !page.contains("0:00:00</text>"), "{page}");
        assert!(page.contains("TOP 1") && !page.contains("TOP 2"), "no room for both: {page}");
    }

    #[test]
    fn nothing_to_draw_is_a_picture_too() {
        assert!(drawn(ChartContent::Shares(vec![])).contains("viewBox=\"0 0 1000 0\""));
        let empty = ChartContent::Timeline { window: Span::default(), rows: vec![], marks: vec![] };
        assert!(drawn(empty).contains("viewBox=\"0 0 1000 48\""));
    }
}
