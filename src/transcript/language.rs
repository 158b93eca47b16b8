//! Names and codes of languages.

use crate::names::folded;

/// ISO 639-1 code, or Whisper's own (`haw`, `yue`, `jw`); the codes of ISO 639-2 and 639-3, then names: in English as Whisper has them,
/// in German and in the language itself after Unicode's CLDR, and others that are in use.
///
/// To add a name, add it to its row.
#[rustfmt::skip]
const LANGUAGES: [(&str, &str); 100] = [
    ("af", "afr|afrikaans"),
    ("am", "amh|amharic|Amharisch|አማርኛ"),
    ("ar", "ara|arb|arabic|Arabisch|العربية"),
    ("as", "asm|assamese|Assamesisch|অসমীয়া"),
    ("az", "aze|azerbaijani|Aserbaidschanisch|azərbaycan|azərbaycanca"),
    ("ba", "bak|bashkir|Baschkirisch|башҡорт"),
    ("be", "bel|belarusian|Belarussisch|беларуская|Weißrussisch"),
    ("bg", "bul|bulgarian|Bulgarisch|български"),
    ("bn", "ben|bengali|bangla|Bengalisch|বাংলা"),
    ("bo", "bod|tib|tibetan|Tibetisch|བོད་སྐད་|བོད་ཡིག"),
    ("br", "bre|breton|Bretonisch|brezhoneg"),
    ("bs", "bos|bosnian|Bosnisch|bosanski"),
    ("ca", "cat|catalan|valencian|Katalanisch|català|Valenzianisch"),
    ("cs", "ces|cze|czech|Tschechisch|čeština"),
    ("cy", "cym|wel|welsh|Walisisch|Cymraeg"),
    ("da", "dan|danish|Dänisch|dansk"),
    ("de", "deu|ger|german|deutsch|gsw|swiss german|Schweizerdeutsch|Schwiizerdütsch|Schweizer Deutsch|Hochdeutsch"),
    ("el", "ell|gre|greek|Griechisch|Ελληνικά|Neugriechisch"),
    ("en", "eng|english|englisch"),
    ("es", "spa|spanish|castilian|Spanisch|español|Kastilisch|Castellano"),
    ("et", "est|estonian|Estnisch|eesti"),
    ("eu", "eus|baq|basque|Baskisch|euskara|Euskera"),
    ("fa", "fas|per|pes|persian|farsi|Persisch|فارسی"),
    ("fi", "fin|finnish|Finnisch|suomi"),
    ("fo", "fao|faroese|Färöisch|føroyskt|Färingisch"),
    ("fr", "fra|fre|french|Französisch|français"),
    ("gl", "glg|galician|Galicisch|galego|Galizisch"),
    ("gu", "guj|gujarati|ગુજરાતી"),
    ("ha", "hau|hausa|Haussa"),
    ("haw", "hawaiian|Hawaiisch|ʻŌlelo Hawaiʻi"),
    ("he", "heb|iw|hebrew|Hebräisch|עברית|Iwrit|Ivrit"),
    ("hi", "hin|hindi|हिन्दी"),
    ("hr", "hrv|croatian|Kroatisch|hrvatski"),
    ("ht", "hat|haitian creole|haitian|Haiti-Kreolisch|Kreyòl Ayisyen|Haitianisch"),
    ("hu", "hun|hungarian|Ungarisch|magyar"),
    ("hy", "hye|arm|armenian|Armenisch|հայերեն"),
    ("id", "ind|in|indonesian|Indonesisch|Indonesia|Bahasa Indonesia"),
    ("is", "isl|ice|icelandic|Isländisch|íslenska"),
    ("it", "ita|italian|Italienisch|italiano"),
    ("ja", "jpn|japanese|Japanisch|日本語"),
    ("jw", "jv|jav|javanese|Javanisch|Jawa|Basa Jawa"),
    ("ka", "kat|geo|georgian|Georgisch|ქართული|Grusinisch"),
    ("kk", "kaz|kazakh|Kasachisch|қазақ тілі|қазақша"),
    ("km", "khm|khmer|cambodian|ខ្មែរ|Kambodschanisch"),
    ("kn", "kan|kannada|ಕನ್ನಡ"),
    ("ko", "kor|korean|Koreanisch|한국어"),
    ("la", "lat|latin|Latein|Latina"),
    ("lb", "ltz|luxembourgish|Luxemburgisch|Lëtzebuergesch"),
    ("ln", "lin|lingala"),
    ("lo", "lao|Laotisch|ລາວ"),
    ("lt", "lit|lithuanian|Litauisch|lietuvių"),
    ("lv", "lav|latvian|Lettisch|latviešu"),
    ("mg", "mlg|malagasy|Madagassisch"),
    ("mi", "mri|mao|maori|Maorisch"),
    ("mk", "mkd|mac|macedonian|Mazedonisch|македонски|Makedonisch"),
    ("ml", "mal|malayalam|മലയാളം"),
    ("mn", "mon|mongolian|Mongolisch|монгол"),
    ("mr", "mar|marathi|मराठी"),
    ("ms", "msa|may|malay|Malaiisch|Melayu|Bahasa Melayu|Malaysisch"),
    ("mt", "mlt|maltese|Maltesisch|Malti"),
    ("my", "mya|bur|myanmar|burmese|Birmanisch|မြန်မာ|Burmesisch"),
    ("ne", "nep|nepali|Nepalesisch|नेपाली"),
    ("nl", "nld|dut|dutch|flemish|Niederländisch|Nederlands|Flämisch|Holländisch|Vlaams"),
    ("nn", "nno|nynorsk|Norwegisch (Nynorsk)|norsk nynorsk"),
    ("no", "nor|nob|nb|norwegian|bokmål|Norwegisch|norsk"),
    ("oc", "oci|occitan|Okzitanisch"),
    ("pa", "pan|punjabi|panjabi|ਪੰਜਾਬੀ|Pandschabi"),
    ("pl", "pol|polish|Polnisch|polski"),
    ("ps", "pus|pashto|pushto|Paschtu|پښتو|Paschto"),
    ("pt", "por|portuguese|Portugiesisch|português"),
    ("ro", "ron|rum|mo|romanian|moldavian|moldovan|Rumänisch|română|Moldauisch"),
    ("ru", "rus|russian|Russisch|русский"),
    ("sa", "san|sanskrit|संस्कृत भाषा|संस्कृतम्"),
    ("sd", "snd|sindhi|سنڌي"),
    ("si", "sin|sinhala|sinhalese|Singhalesisch|සිංහල"),
    ("sk", "slk|slo|slovak|Slowakisch|slovenčina"),
    ("sl", "slv|slovenian|slovene|Slowenisch|slovenščina"),
    ("sn", "sna|shona|chiShona|Schona"),
    ("so", "som|somali|Soomaali|Somalisch"),
    ("sq", "sqi|alb|albanian|Albanisch|shqip"),
    ("sr", "srp|serbian|Serbisch|српски"),
    ("su", "sun|sundanese|Sundanesisch|Basa Sunda"),
    ("sv", "swe|swedish|Schwedisch|svenska"),
    ("sw", "swa|swahili|Suaheli|Kiswahili|Suahelisch"),
    ("ta", "tam|tamil|தமிழ்"),
    ("te", "tel|telugu|తెలుగు"),
    ("tg", "tgk|tajik|Tadschikisch|тоҷикӣ"),
    ("th", "tha|thai|Thailändisch|ไทย"),
    ("tk", "tuk|turkmen|Turkmenisch|türkmen dili|türkmençe"),
    ("tl", "tgl|fil|tagalog|filipino|Philippinisch"),
    ("tr", "tur|turkish|Türkisch|Türkçe"),
    ("tt", "tat|tatar|Tatarisch|татар"),
    ("uk", "ukr|ukrainian|Ukrainisch|українська"),
    ("ur", "urd|urdu|اردو"),
    ("uz", "uzb|uzbek|Usbekisch|o‘zbek|o'zbek|o'zbekcha"),
    ("vi", "vie|vietnamese|Vietnamesisch|Tiếng Việt"),
    ("yi", "yid|ji|yiddish|Jiddisch|ייִדיש"),
    ("yo", "yor|yoruba|Èdè Yorùbá|Joruba"),
    ("yue", "cantonese|Kantonesisch|粵語"),
    ("zh", "zho|chi|cmn|chinese|mandarin|Chinesisch|中文|Hochchinesisch|Putonghua"),
];

/// Codes and all names of the languages that Whisper knows.
pub(crate) fn language_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    LANGUAGES.iter().flat_map(|(code, names)| names.split('|').map(|name| (*code, name)))
}

/// The code of a language, as [`Segment::language`](crate::Segment::language) has it, from a code of ISO 639 (`deu`), a tag of
/// BCP 47 (`de-AT`, `zh_Hans`), Whisper's token (`<|de|>`) or a name in English, in German or in the language itself, in any case and also
/// without accents; `None` if the language is not one that Whisper knows.
pub fn language_code(name: &str) -> Option<&'static str> {
    let code = |wanted: &str| LANGUAGES.iter().map(|(code, _)| *code).find(|code| *code == wanted);
    let find = |wanted: &str| {
        let folds = folded(wanted);
        code(wanted).or_else(|| language_names().find(|(_, name)| folded(name) == folds).map(|(code, _)| code))
    };
    let name = name.trim().trim_start_matches("<|").trim_end_matches("|>").to_lowercase();
    // Only what looks like one is a tag; names have blanks and hyphens, too.
    let primary = name.split(['-', '_']).next().filter(|part| matches!(part.len(), 2 | 3));
    find(&name).or_else(|| find(primary?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_codes_tags_and_names() {
        for name in [
            "de",
            "DE",
            "deu",
            "ger",
            "German",
            "german ",
            "de-DE",
            "de_AT",
            "deu-DE",
            "de-CH-1901",
            "<|de|>",
            "Schweizerdeutsch",
            "gsw-CH",
        ] {
            assert_eq!(language_code(name), Some("de"), "{name}");
        }
        let others = [("zh-Hans-CN", "zh"), ("cmn", "zh"), ("iw", "he"), ("jv", "jw"), ("nb-NO", "no"), ("haw", "haw")];
        for (name, code) in others.into_iter().chain([("fil", "tl"), ("haitian creole", "ht"), ("en_us", "en")]) {
            assert_eq!(language_code(name), Some(code), "{name}");
        }
        for (name, code) in [
            ("Englisch", "en"),
            ("français", "fr"),
            ("Franc\u{327}ais", "fr"),
            ("francais", "fr"),
            ("Französisch", "fr"),
            ("franzoesisch", "fr"),
            ("türkçe", "tr"),
            ("українська", "uk"),
            ("العربية", "ar"),
            ("farsi", "fa"),
        ] {
            assert_eq!(language_code(name), Some(code), "{name}");
        }
        for name in ["", "auto", "klingon", "xx", "und", "<|xx|>", "german-ish", "d"] {
            assert_eq!(language_code(name), None, "{name}");
        }
    }

    #[test]
    fn the_table_is_in_order_and_nothing_is_in_it_twice() {
        assert!(LANGUAGES.is_sorted_by_key(|(code, _)| code));
        let codes = LANGUAGES.iter().map(|(code, _)| (*code).to_owned());
        let mut all: Vec<String> = language_names().map(|(_, name)| folded(name)).chain(codes).collect();
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
