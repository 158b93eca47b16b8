//! Values of JSON in which programs are not strict about types.

use crate::transcript::is_blank;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use std::fmt;
use std::marker::PhantomData;

/// A JSON object. Without this, a list of values would be taken for one whose fields have no names.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<T>, D::Error> {
        struct OfObject<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OfObject<T> {
            type Value = Object<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with named fields")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(OfObject(PhantomData))
    }
}

/// A list of objects; `None` for null.
pub(super) fn objects<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let objects: Option<Vec<Object<T>>> = Option::deserialize(deserializer)?;
    Ok(objects.map(|objects| objects.into_iter().map(|Object(value)| value).collect()))
}

/// Whether there is a field, also if it is null; to be used with a default.
pub(super) fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| true)
}

/// What a field holds that may be a list; the default is for one that is not there.
#[derive(Clone, Copy, Default, PartialEq)]
pub(super) enum Listed {
    /// Not even a value, or null.
    #[default]
    Nothing,
    /// A list of nothing.
    Empty,
    /// A list of something, or another value.
    Filled,
}

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Listed, D::Error> {
        struct OfValue;
        impl<'de> Visitor<'de> for OfValue {
            type Value = Listed;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E: Error>(self) -> Result<Listed, E> {
                Ok(Listed::Nothing)
            }
            fn visit_bool<E: Error>(self, _: bool) -> Result<Listed, E> {
                Ok(Listed::Filled)
            }
            fn visit_i64<E: Error>(self, _: i64) -> Result<Listed, E> {
                Ok(Listed::Filled)
            }
            fn visit_u64<E: Error>(self, _: u64) -> Result<Listed, E> {
                Ok(Listed::Filled)
            }
            fn visit_f64<E: Error>(self, _: f64) -> Result<Listed, E> {
                Ok(Listed::Filled)
            }
            fn visit_str<E: Error>(self, _: &str) -> Result<Listed, E> {
                Ok(Listed::Filled)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Listed, A::Error> {
                let mut listed = Listed::Empty;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    listed = Listed::Filled;
                }
                Ok(listed)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Listed, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Listed::Filled)
            }
        }
        deserializer.deserialize_any(OfValue)
    }
}

/// A list of objects of one program, in a field that others may have, too.
pub(super) struct Perhaps<T> {
    /// Whether there is such a field, also if it is null.
    pub(super) given: bool,
    pub(super) objects: Vec<T>,
    /// Whether it holds something else.
    pub(super) foreign: bool,
}

impl<T> Default for Perhaps<T> {
    fn default() -> Perhaps<T> {
        Perhaps { given: false, objects: Vec::new(), foreign: false }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Perhaps<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Perhaps<T>, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(untagged, bound = "T: Deserialize<'de>")]
        enum Value<T> {
            Known(Option<Vec<Object<T>>>),
            Other(IgnoredAny),
        }
        Ok(match Value::deserialize(deserializer)? {
            Value::Known(list) => {
                let objects = list.into_iter().flatten().map(|Object(value)| value).collect();
                Perhaps { given: true, objects, foreign: false }
            }
            Value::Other(_) => Perhaps { given: true, objects: Vec::new(), foreign: true },
        })
    }
}

/// A number, or a string that holds one; `None` for null, and for what is not finite or empty.
///
/// # Errors
/// For anything else.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    struct OfNumber;
    impl Visitor<'_> for OfNumber {
        type Value = Option<f64>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number")
        }
        fn visit_unit<E: Error>(self) -> Result<Option<f64>, E> {
            Ok(None)
        }
        fn visit_f64<E: Error>(self, number: f64) -> Result<Option<f64>, E> {
            Ok(Some(number).filter(|number| number.is_finite()))
        }
        fn visit_i64<E: Error>(self, number: i64) -> Result<Option<f64>, E> {
            Ok(Some(number as f64))
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<Option<f64>, E> {
            Ok(Some(number as f64))
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<Option<f64>, E> {
            match text.trim().parse() {
                Ok(number) => self.visit_f64(number),
                Err(_) if is_blank(text) => Ok(None),
                // What it is instead may be what somebody said.
                Err(_) => Err(E::invalid_value(Unexpected::Other("a string"), &self)),
            }
        }
    }
    deserializer.deserialize_any(OfNumber)
}

/// The name of a speaker; one who has a number is called as pyannote and WhisperX do (`SPEAKER_00`). `None` for null, for a number
/// below zero, and if nothing of the name can be seen.
///
/// # Errors
/// For anything else.
pub(super) fn speaker<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    struct OfSpeaker;
    impl Visitor<'_> for OfSpeaker {
        type Value = Option<String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the name or the number of a speaker")
        }
        fn visit_unit<E: Error>(self) -> Result<Option<String>, E> {
            Ok(None)
        }
        fn visit_str<E: Error>(self, name: &str) -> Result<Option<String>, E> {
            Ok(Some(name.trim().to_owned()).filter(|name| !is_blank(name)))
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<Option<String>, E> {
            Ok(Some(format!("SPEAKER_{number:02}")))
        }
        fn visit_i64<E: Error>(self, number: i64) -> Result<Option<String>, E> {
            u64::try_from(number).map_or(Ok(None), |number| self.visit_u64(number))
        }
        fn visit_f64<E: Error>(self, number: f64) -> Result<Option<String>, E> {
            // Data frames write whole numbers as 1.0 where some are missing.
            match number.fract() == 0.0 && (0.0..=1e9).contains(&number) {
                true => self.visit_u64(number as u64),
                false => Ok(None),
            }
        }
    }
    deserializer.deserialize_any(OfSpeaker)
}
