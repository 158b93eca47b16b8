//! The published models: what whisper.cpp's authors offer, with their digests.
//!
//! The order is ours and means something: the best transcript first, whatever it costs, and at equal quality
//! the quicker one. `q8_0` loses nothing against the full file and is as fast; `q5` costs a little accuracy and,
//! on a CPU, time. English-only models stand last, for nobody knows yet which language a recording is in.
//!
//! Sizes follow from the architecture to the byte, so a file of another size is another file.

/// A published model. Borrowed, so that a test or a closed network can have its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model<'a> {
    /// As users type it: `base-q8_0`.
    pub name: &'a str,
    /// In bytes.
    pub size: u64,
    /// Of the whole file, 64 lower-case hexadecimal digits.
    pub sha256: &'a str,
    /// What it is good for, as a sentence part; may be empty.
    pub remark: &'a str,
}

impl Model<'_> {
    /// As it is published and as it lies in the [`Store`](super::Store): `ggml-base-q8_0.bin`.
    pub fn file(&self) -> String {
        format!("ggml-{}.bin", self.name)
    }

    /// Does it write nothing but English?
    pub fn english_only(&self) -> bool {
        self.name.contains(".en")
    }

    /// How many languages it knows: 1, 99, or 100 with Cantonese.
    pub fn languages(&self) -> u32 {
        match self.name {
            name if name.contains(".en") => 1,
            name if name.starts_with("large-v3") => 100,
            _ => 99,
        }
    }

    /// Most memory that a run with one worker takes, in bytes; an estimate, as [`Header::memory`](super::Header::memory).
    pub fn memory(&self) -> u64 {
        let (width, audio_layers, text_layers) = match self.name {
            name if name.starts_with("tiny") => (384, 4, 4),
            name if name.starts_with("base") => (512, 6, 6),
            name if name.starts_with("small") => (768, 12, 12),
            name if name.starts_with("medium") => (1024, 24, 24),
            name if name.starts_with("large-v3-turbo") => (1280, 32, 4),
            _ => (1280, 32, 32),
        };
        super::header::memory(self.size, width, audio_layers, text_layers, 1)
    }
}

/// A row of the table.
const fn model(name: &'static str, size: u64, sha256: &'static str, remark: &'static str) -> Model<'static> {
    Model { name, size, sha256, remark }
}

/// The smallest one that is of use in every language.
pub const DEFAULT: &str = "base-q8_0";

/// The one for transcripts that people will rely on.
pub const RECOMMENDED: &str = "large-v3-turbo-q8_0";

/// All published models, the best first.
pub static CATALOGUE: &[Model<'static>] = &[
    model(
        "large-v3",
        3_095_033_483,
        "64d182b440b98d5203c4f9bd541544d84c605196c4f7b845dfa11fb23594d1e2",
        "most accurate, many times slower than turbo on a CPU",
    ),
    model("large-v3-q5_0", 1_081_140_203, "d75795ecff3f83b5faa89d1900604ad8c780abd5739fae406de19f23ecd98ad1", ""),
    model(
        "large-v3-turbo-q8_0",
        874_188_075,
        "317eb69c11673c9de1e1f0d459b253999804ec71ac4c23c17ecf5fbe24e259a1",
        "recommended for minutes",
    ),
    model("large-v3-turbo", 1_624_555_275, "1fc70f774d38eb169993ac391eea357ef47c88757ef72ee5943879b7e8e2bc69", ""),
    model("large-v3-turbo-q5_0", 574_041_195, "394221709cd5ad1f40c46e6031ca61bce88931e6e088c188294c6d5a55ffa7e2", ""),
    model(
        "large-v2-q8_0",
        1_656_129_691,
        "fef54e6d898246a65c8285bfa83bd1807e27fadf54d5d4e81754c47634737e8c",
        "superseded by large-v3",
    ),
    model("large-v2", 3_094_623_691, "9a423fe4d40c82774b6af34115b8b935f34152246eb19e80e376071d3f999487", ""),
    model("large-v2-q5_0", 1_080_732_091, "3a214837221e4530dbc1fe8d734f302af393eb30bd0ed046042ebf4baf70f6f2", ""),
    model("medium-q8_0", 823_369_779, "42a1ffcbe4167d224232443396968db4d02d4e8e87e213d3ee2e03095dea6502", ""),
    model("medium", 1_533_763_059, "6c14d5adee5f86394037b4e4e8b59f1673b6cee10e3cf0b11bbdbee79c156208", ""),
    model("medium-q5_0", 539_212_467, "19fea4b380c3a618ec4723c3eef2eb785ffba0d0538cf43f8f235e7b3b34220f", ""),
    model(
        "small-q8_0",
        264_464_607,
        "49c8fb02b65e6049d5fa6c04f81f53b867b5ec9540406812c643f177317f779f",
        "recommended for minutes where turbo is too slow",
    ),
    model("small", 487_601_967, "1be3a9b2063867b937e64e2ec7483364a79917e157fa98c5d94b5c1fffea987b", ""),
    model("small-q5_1", 190_085_487, "ae85e4a935d7a567bd102fe55afc16bb595bdb618e11b2fc7591bc08120411bb", ""),
    model(
        "base-q8_0",
        81_768_585,
        "c577b9a86e7e048a0b7eada054f4dd79a56bbfa911fbdacf900ac5b567cbb7d9",
        "the floor: in German every fourth or fifth word is wrong",
    ),
    model("base", 147_951_465, "60ed5bc3dd14eea856493d334349b405782ddcaf0028d4b5df4088345fba2efe", ""),
    model("base-q5_1", 59_707_625, "422f1ae452ade6f30a004d7e5c6a43195e4433bc370bf23fac9cc591f01a8898", ""),
    model(
        "tiny-q8_0",
        43_537_433,
        "c2085835d3f50733e2ff6e4b41ae8a2b8d8110461e18821b09a15c40c42d1cca",
        "to try things out",
    ),
    model("tiny", 77_691_713, "be07e048e1e599ad46341c8d2a135645097a538221678b7acdd1b1919c6e1b21", ""),
    model("tiny-q5_1", 32_152_673, "818710568da3ca15689e31a743197b520007872ff9576237bda97bd1b469c3d7", ""),
    model("medium.en-q8_0", 823_382_461, "43fa2cd084de5a04399a896a9a7a786064e221365c01700cea4666005218f11c", ""),
    model("medium.en", 1_533_774_781, "cc37e93478338ec7700281a7ac30a10128929eb8f427dda2e865faa8f6da4356", ""),
    model("medium.en-q5_0", 539_225_533, "76733e26ad8fe1c7a5bf7531a9d41917b2adc0f20f2e4f5531688a8c6cd88eb0", ""),
    model(
        "small.en-q8_0",
        264_477_561,
        "67a179f608ea6114bd3fdb9060e762b588a3fb3bd00c4387971be4d177958067",
        "a little better than small in English",
    ),
    model("small.en", 487_614_201, "c6138d6d58ecc8322097e0f987c32f1be8bb0a18532a3f88f734d1bbf9c41e5d", ""),
    model("small.en-q5_1", 190_098_681, "bfdff4894dcb76bbf647d56263ea2a96645423f1669176f4844a1bf8e478ad30", ""),
    model("base.en-q8_0", 81_781_811, "a4d4a0768075e13cfd7e19df3ae2dbc4a68d37d36a7dad45e8410c9a34f8c87e", ""),
    model("base.en", 147_964_211, "a03779c86df3323075f5e796cb2ce5029f00ec8869eee3fdfb897afe36c6d002", ""),
    model("base.en-q5_1", 59_721_011, "4baf70dd0d7c4247ba2b81fafd9c01005ac77c2f9ef064e00dcf195d0e2fdd2f", ""),
    model(
        "tiny.en-q8_0",
        43_550_795,
        "5bc2b3860aa151a4c6e7bb095e1fcce7cf12c7b020ca08dcec0c6d018bb7dd94",
        "to try things out",
    ),
    model("tiny.en", 77_704_715, "921e4cf8686fdd993dcd081a5da5b6c365bfde1162e72b08d75ac75289920b1f", ""),
    model("tiny.en-q5_1", 32_166_155, "c77c5766f1cef09b6b7d47f21b546cbddd4157886b3b5d6d4f709e91e66c7c2b", ""),
];

/// Names that other tools use for the same thing.
const ALIASES: &[(&str, &str)] = &[("turbo", "large-v3-turbo"), ("large", "large-v3")];

/// The published model of this name; `ggml-base-q8_0.bin`, `BASE-Q8_0`, `base_q8_0` and `turbo` are understood too.
pub fn published(name: &str) -> Option<&'static Model<'static>> {
    let name = plain(name);
    let name = ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, real)| plain(real));
    CATALOGUE.iter().find(|model| plain(model.name) == name)
}

/// Up to three catalogue names that look like `name`, the most similar first.
pub fn nearest(name: &str) -> Vec<&'static str> {
    let name = plain(name);
    let mut near: Vec<_> = CATALOGUE
        .iter()
        .map(|model| (strsim::jaro_winkler(&name, &plain(model.name)), model.name))
        .filter(|(similarity, _)| *similarity > 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    near.into_iter().take(3).map(|(_, name)| name).collect()
}

/// `82 MB`, `1.6 GB`: powers of ten, as the publisher counts.
pub fn size_for_people(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        1_000_000..999_500_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// One spelling for all that mean the same.
fn plain(name: &str) -> String {
    let name = name.to_lowercase();
    let name = name.strip_suffix(".bin").unwrap_or(&name);
    name.strip_prefix("ggml-").unwrap_or(name).replace(['_', '.'], "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_entry_is_sound() {
        for model in CATALOGUE {
            assert_eq!(model.sha256.len(), 64, "{}", model.name);
            assert!(model.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{}", model.name);
            assert_eq!(CATALOGUE.iter().filter(|m| m.sha256 == model.sha256).count(), 1, "{}", model.name);
            assert_eq!(published(model.name), Some(model));
            assert_eq!(published(&model.file()), Some(model));
        }
        assert!(published(DEFAULT).is_some() && published(RECOMMENDED).is_some());
        assert!(ALIASES.iter().all(|(alias, _)| published(alias).is_some()));
    }

    #[test]
    fn english_only_models_come_last() {
        assert!(CATALOGUE.is_sorted_by_key(|model| model.english_only()));
    }

    #[test]
    fn names_are_read_as_people_write_them() {
        for name in ["base-q8_0", "BASE-Q8_0", "base_q8_0", "base-q8-0", "ggml-base-q8_0.bin", "ggml-base-q8_0"] {
            assert_eq!(published(name).map(|model| model.name), Some("base-q8_0"), "{name}");
        }
        assert_eq!(published("tiny_en").map(|model| model.name), Some("tiny.en"));
        assert_eq!(published("turbo").map(|model| model.name), Some("large-v3-turbo"));
        assert_eq!(published("bass"), None);
        assert_eq!(published(""), None);
    }

    #[test]
    fn a_wrong_name_has_near_ones() {
        assert_eq!(nearest("smal").first(), Some(&"small"));
        assert!(nearest("large-v3-turbo-q8").contains(&"large-v3-turbo-q8_0"));
        assert!(nearest("qqq").is_empty());
    }

    #[test]
    fn sizes_for_people() {
        assert_eq!(size_for_people(81_768_585), "82 MB");
        assert_eq!(size_for_people(999_600_000), "1.0 GB");
        assert_eq!(size_for_people(1_624_555_275), "1.6 GB");
        assert_eq!(size_for_people(1), "1 kB");
    }
}
