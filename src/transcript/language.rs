//! Names and codes of languages.

/// ISO 639-1 code, or Whisper's own (`haw`, `yue`, `jw`); the codes of ISO 639-2 and 639-3, and names, in lower case.
///
/// To add a name, add it to its row.
#[rustfmt::skip]
const LANGUAGES: [(&str, &str); 100] = [
    ("af", "afr|afrikaans"), ("am", "amh|amharic"), ("ar", "ara|arb|arabic"), ("as", "asm|assamese"),
    ("az", "aze|azerbaijani"), ("ba", "bak|bashkir"), ("be", "bel|belarusian"), ("bg", "bul|bulgarian"),
    ("bn", "ben|bengali|bangla"), ("bo", "bod|tib|tibetan"), ("br", "bre|breton"), ("bs", "bos|bosnian"),
    ("ca", "cat|catalan|valencian"), ("cs", "ces|cze|czech"), ("cy", "cym|wel|welsh"), ("da", "dan|danish"),
    ("de", "deu|ger|german|deutsch"), ("el", "ell|gre|greek"), ("en", "eng|english|englisch"),
    ("es", "spa|spanish|castilian"), ("et", "est|estonian"), ("eu", "eus|baq|basque"), ("fa", "fas|per|pes|persian|farsi"),
    ("fi", "fin|finnish"), ("fo", "fao|faroese"), ("fr", "fra|fre|french"), ("gl", "glg|galician"),
    ("gu", "guj|gujarati"), ("ha", "hau|hausa"), ("haw", "hawaiian"), ("he", "heb|iw|hebrew"), ("hi", "hin|hindi"),
    ("hr", "hrv|croatian"), ("ht", "hat|haitian creole|haitian"), ("hu", "hun|hungarian"), ("hy", "hye|arm|armenian"),
    ("id", "ind|in|indonesian"), ("is", "isl|ice|icelandic"), ("it", "ita|italian"), ("ja", "jpn|japanese"),
    ("jw", "jv|jav|javanese"), ("ka", "kat|geo|georgian"), ("kk", "kaz|kazakh"), ("km", "khm|khmer|cambodian"),
    ("kn", "kan|kannada"), ("ko", "kor|korean"), ("la", "lat|latin"), ("lb", "ltz|luxembourgish|letzeburgesch"),
    ("ln", "lin|lingala"), ("lo", "lao"), ("lt", "lit|lithuanian"), ("lv", "lav|latvian"), ("mg", "mlg|malagasy"),
    ("mi", "mri|mao|maori|māori"), ("mk", "mkd|mac|macedonian"), ("ml", "mal|malayalam"), ("mn", "mon|mongolian"),
    ("mr", "mar|marathi"), ("ms", "msa|may|malay"), ("mt", "mlt|maltese"), ("my", "mya|bur|myanmar|burmese"),
    ("ne", "nep|nepali"), ("nl", "nld|dut|dutch|flemish"), ("nn", "nno|nynorsk"), ("no", "nor|nob|nb|norwegian|bokmål"),
    ("oc", "oci|occitan"), ("pa", "pan|punjabi|panjabi"), ("pl", "pol|polish"), ("ps", "pus|pashto|pushto"),
    ("pt", "por|portuguese"), ("ro", "ron|rum|mo|romanian|moldavian|moldovan"), ("ru", "rus|russian"),
    ("sa", "san|sanskrit"), ("sd", "snd|sindhi"), ("si", "sin|sinhala|sinhalese"), ("sk", "slk|slo|slovak"),
    ("sl", "slv|slovenian|slovene"), ("sn", "sna|shona"), ("so", "som|somali"), ("sq", "sqi|alb|albanian"),
    ("sr", "srp|serbian"), ("su", "sun|sundanese"), ("sv", "swe|swedish"), ("sw", "swa|swahili"), ("ta", "tam|tamil"),
    ("te", "tel|telugu"), ("tg", "tgk|tajik"), ("th", "tha|thai"), ("tk", "tuk|turkmen"), ("tl", "tgl|fil|tagalog|filipino"),
    ("tr", "tur|turkish"), ("tt", "tat|tatar"), ("uk", "ukr|ukrainian"), ("ur", "urd|urdu"), ("uz", "uzb|uzbek"),
    ("vi", "vie|vietnamese"), ("yi", "yid|ji|yiddish"), ("yo", "yor|yoruba"), ("yue", "cantonese"),
    ("zh", "zho|chi|cmn|chinese|mandarin"),
];

/// The code of a language, as [`Segment::language`](crate::Segment::language) has it, from a code of ISO 639 (`deu`), a tag of
/// BCP 47 (`de-AT`, `zh_Hans`) or an English name, in any case; `None` if the language is not one that Whisper knows.
pub fn language_code(name: &str) -> Option<&'static str> {
    let name = name.trim().to_lowercase();
    let find = |wanted: &str| {
        let found =
            LANGUAGES.iter().find(|(code, names)| *code == wanted || names.split('|').any(|name| name == wanted));
        found.map(|(code, _)| *code)
    };
    // Only what looks like one is a tag; names have blanks and hyphens, too.
    let primary = name.split(['-', '_']).next().filter(|part| matches!(part.len(), 2 | 3));
    find(&name).or_else(|| find(primary?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_codes_tags_and_names() {
        for name in ["de", "DE", "deu", "ger", "German", "german ", "de-DE", "de_AT", "deu-DE"] {
            assert_eq!(language_code(name), Some("de"), "{name}");
        }
        let others = [("zh-Hans-CN", "zh"), ("cmn", "zh"), ("iw", "he"), ("jv", "jw"), ("nb-NO", "no"), ("haw", "haw")];
        for (name, code) in others.into_iter().chain([("fil", "tl"), ("haitian creole", "ht"), ("en_us", "en")]) {
            assert_eq!(language_code(name), Some(code), "{name}");
        }
        for name in ["", "auto", "klingon", "xx", "german-ish", "d"] {
            assert_eq!(language_code(name), None, "{name}");
        }
    }

    #[test]
    fn the_table_is_in_order_and_nothing_is_in_it_twice() {
        assert!(LANGUAGES.is_sorted_by_key(|(code, _)| code));
        let all = LANGUAGES.iter().flat_map(|(code, names)| names.split('|').chain([*code]));
        let mut all: Vec<&str> = all.collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        // Every language of whisper.cpp, under the same code.
        for (code, name) in crate::whisper::languages() {
            assert_eq!((language_code(code), language_code(name)), (Some(code), Some(code)));
        }
        assert_eq!(crate::whisper::languages().count(), LANGUAGES.len());
    }
}
