//! A line through points of which many are wrong.

/// By how many seconds a track is early, at each time of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Line {
    /// At its beginning.
    pub(super) offset: f64,
    /// More for each second.
    pub(super) slope: f64,
}

/// Fewer points say nothing about a slope.
const FEWEST: usize = 4;

impl Line {
    pub(super) fn at(&self, time: f64) -> f64 {
        self.offset + self.slope * time
    }

    /// The line that most points are no further from than `tolerance`, no steeper than `steepest`. `None` without points, or if most
    /// of them are elsewhere.
    pub(super) fn through(points: &[(f64, f64)], tolerance: f64, steepest: f64) -> Option<Line> {
        let near = |line: &Line| -> Vec<(f64, f64)> {
            points.iter().copied().filter(|(time, value)| (line.at(*time) - value).abs() <= tolerance).collect()
        };
        let flat = points.iter().map(|(_, offset)| Line { offset: *offset, slope: 0.0 });
        let pairs =
            points.iter().enumerate().flat_map(|(n, one)| points[n + 1..].iter().map(move |other| (*one, *other)));
        let steep = pairs.filter_map(|((t1, v1), (t2, v2))| {
            let slope = (v2 - v1) / (t2 - t1);
            (slope.abs() <= steepest).then_some(Line { offset: v1 - slope * t1, slope })
        });
        // The first of those that are as good, so that a slope needs a reason.
        let mut best: Vec<(f64, f64)> = Vec::new();
        for line in flat.chain(steep) {
            let those = near(&line);
            if those.len() > best.len() {
                best = those;
            }
        }
        let fitted = Line::fitted(&best, steepest)?;
        (best.len() * 2 > points.len()).then_some(fitted)
    }

    /// The line with the least squares.
    fn fitted(points: &[(f64, f64)], steepest: f64) -> Option<Line> {
        if points.is_empty() {
            return None;
        }
        let count = points.len() as f64;
        let (time, value) =
            (points.iter().map(|p| p.0).sum::<f64>() / count, points.iter().map(|p| p.1).sum::<f64>() / count);
        let (mut both, mut square) = (0.0, 0.0);
        for (t, v) in points {
            both += (t - time) * (v - value);
            square += (t - time) * (t - time);
        }
        let slope =
            if points.len() < FEWEST || square == 0.0 { 0.0 } else { (both / square).clamp(-steepest, steepest) };
        Some(Line { offset: value - slope * time, slope })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_points_do_not_matter_if_they_are_few() {
        let right = (0..10).map(|n| (f64::from(n) * 100.0, 2.0 + f64::from(n) * 0.01));
        let wrong = (0..6).map(|n| (f64::from(n) * 130.0, f64::from(n * n)));
        let line = Line::through(&right.clone().chain(wrong).collect::<Vec<_>>(), 0.008, 5e-4).expect("a line");
        assert!((line.offset - 2.0).abs() < 1e-9 && (line.slope - 1e-4).abs() < 1e-9, "{line:?}");
        assert_eq!(
            Line::through(&(0..9).map(|n| (f64::from(n), f64::from(n * n))).collect::<Vec<_>>(), 0.01, 5e-4),
            None
        );
        assert_eq!(Line::through(&[], 0.01, 5e-4), None);
        assert_eq!(Line::through(&[(50.0, 3.0)], 0.01, 5e-4), Some(Line { offset: 3.0, slope: 0.0 }));
    }
}
