//! How much of an item's title somebody says.

use std::collections::{BTreeMap, BTreeSet};

use super::Item;
use crate::names::folded;

/// Letters of a word that count, so that `Schule` and `Schulen` are one.
const STEM: usize = 7;
/// Shorter words count for nothing.
const SHORTEST: usize = 4;
/// Of a long title, so many of its rarest words count.
const WORDS: usize = 10;
/// A smaller share says nothing.
const LEAST: f32 = 0.35;

/// The words of all titles, with how rare they are.
pub(super) struct Titles {
    /// For each item, its words with their weight.
    words: Vec<Vec<(String, f32)>>,
}

impl Titles {
    pub(super) fn new(items: &[Item]) -> Titles {
        let stems: Vec<BTreeSet<String>> = items.iter().map(|item| stems(&item.title)).collect();
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        for word in stems.iter().flatten() {
            *counts.entry(word).or_default() += 1;
        }
        let weight = |word: &String| (1.0 + items.len() as f32 / counts[word] as f32).ln();
        let rarest = |set: &BTreeSet<String>| {
            let mut words: Vec<(String, f32)> = set.iter().map(|word| (word.clone(), weight(word))).collect();
            words.sort_by(|a, b| b.1.total_cmp(&a.1));
            words.truncate(WORDS);
            words
        };
        Titles { words: stems.iter().map(rarest).collect() }
    }

    /// The items of whose title `text` has words, with the share of them, above a third and at most 1.
    pub(super) fn shares(&self, text: &str) -> Vec<(usize, f32)> {
        let said = stems(text);
        let share = |words: &Vec<(String, f32)>| {
            let all: f32 = words.iter().map(|(_, weight)| weight).sum();
            let there: f32 = words.iter().filter(|(word, _)| said.contains(word)).map(|(_, weight)| weight).sum();
            if all > 0.0 { there / all } else { 0.0 }
        };
        let shares = self.words.iter().map(share).enumerate();
        shares.filter(|(_, share)| *share >= LEAST).collect()
    }
}

fn stems(text: &str) -> BTreeSet<String> {
    let text = folded(text);
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| word.chars().count() >= SHORTEST);
    words.map(|word| word.chars().take(STEM).collect()).collect()
}
