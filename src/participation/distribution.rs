//! How evenly something is shared among people.

/// The Gini coefficient: half the mean absolute difference, over the mean. 0 if all have the same, near 1 if one has everything; without
/// a correction for small groups. `None` if there is nobody, or nothing to share.
pub fn gini(amounts: &[u64]) -> Option<f64> {
    let mut sorted = amounts.to_vec();
    sorted.sort_unstable();
    let (n, sum) = (sorted.len() as f64, total(&sorted));
    let weighted: f64 = (1..).zip(&sorted).map(|(i, x)| (2.0 * f64::from(i) - n - 1.0) * *x as f64).sum();
    (sum > 0.0).then(|| weighted / (n * sum))
}

/// The entropy of the shares over its largest possible value: 1 if all have the same. `None` for fewer than two, or nothing to share.
pub fn evenness(amounts: &[u64]) -> Option<f64> {
    let (n, sum) = (amounts.len(), total(amounts));
    let part = |x: &u64| {
        let p = *x as f64 / sum;
        if p > 0.0 { -p * p.ln() } else { 0.0 }
    };
    (n >= 2 && sum > 0.0).then(|| amounts.iter().map(part).sum::<f64>() / (n as f64).ln())
}

/// The middle value, of two the lower one; `None` if there is none.
pub(super) fn lower_median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    let middle = values.len().checked_sub(1)? / 2;
    values.get(middle).copied()
}

fn total(amounts: &[u64]) -> f64 {
    amounts.iter().map(|x| *x as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_distributions() {
        assert_eq!(gini(&[5, 5, 5, 5]), Some(0.0));
        assert_eq!(gini(&[0, 0, 0, 8]), Some(0.75));
        // |1-2| + |1-3| + |2-3| are 4 of each order, so 8 over 2 · 3² · 2.
        assert_eq!(gini(&[3, 1, 2]), Some(8.0 / 36.0));
        assert_eq!((gini(&[7]), gini(&[0]), gini(&[])), (Some(0.0), None, None));
        assert_eq!(evenness(&[4, 4]), Some(1.0));
        assert_eq!((evenness(&[4, 0]), evenness(&[4]), evenness(&[0, 0])), (Some(0.0), None, None));
    }

    #[test]
    fn of_two_middle_values_the_lower_one() {
        assert_eq!(lower_median(vec![9, 1, 5, 7]), Some(5));
        assert_eq!((lower_median(vec![3]), lower_median(vec![])), (Some(3), None));
    }
}
