//! The recording of a transcript, as a player asks for it: any part of it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::header::{ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, RANGE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;

use super::answer::{Answer, Failed, aside};
use super::site::Site;
use crate::app::library::{LibraryError, RecordingKey};
use crate::app::media_type;
use crate::files;

/// Bytes that are read at a time.
const BLOCK: u64 = 1 << 18;

/// `GET recordings/7/media`.
pub(super) async fn media(
    State(site): State<Arc<Site>>,
    Path((_, key)): Path<(String, i64)>,
    headers: HeaderMap,
) -> Answer {
    let asked = headers.get(RANGE).and_then(|range| range.to_str().ok()).map(str::to_owned);
    aside(move || {
        let path = site.library().recording(RecordingKey(key))?.media_path();
        answer(&path, asked.as_deref())
    })
    .await
}

fn answer(path: &std::path::Path, asked: Option<&str>) -> Result<Response, Failed> {
    let gone = |_| LibraryError::Unknown;
    let mut file = files::open_regular(path).map_err(gone)?;
    let size = file.metadata().map_err(gone)?.len();
    let kind = media_type(path).unwrap_or("application/octet-stream");
    let (status, first, behind) = match asked.map(|range| part(range, size)) {
        None | Some(Part::All) => (StatusCode::OK, 0, size),
        Some(Part::Of(first, behind)) => (StatusCode::PARTIAL_CONTENT, first, behind),
        Some(Part::Nothing) => {
            return Ok(
                (StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, format!("bytes */{size}"))]).into_response()
            );
        }
    };
    file.seek(SeekFrom::Start(first)).map_err(gone)?;
    let body = Body::from_stream(unfold((Some(file), behind - first), |(file, left)| async move {
        if left == 0 {
            return None;
        }
        let read = tokio::task::spawn_blocking(move || block(file, left)).await;
        match read.unwrap_or_else(|_| Err(io::ErrorKind::Other.into())) {
            // It has become shorter.
            Ok((_, bytes)) if bytes.is_empty() => None,
            Ok((file, bytes)) => {
                let left = left - bytes.len() as u64;
                Some((Ok(bytes), (Some(file), left)))
            }
            Err(error) => Some((Err(error), (None, 0))),
        }
    }));
    let mut response = (status, body).into_response();
    let headers = response.headers_mut();
    let mut put = |name, value: String| value.parse().map(|value| headers.insert(name, value)).map(drop);
    let range = (status == StatusCode::PARTIAL_CONTENT).then(|| format!("bytes {first}-{}/{size}", behind - 1));
    let all = [
        (CONTENT_TYPE, kind.to_owned()),
        (ACCEPT_RANGES, "bytes".into()),
        (CONTENT_LENGTH, (behind - first).to_string()),
    ];
    // All of them are ASCII.
    all.into_iter()
        .chain(range.map(|range| (CONTENT_RANGE, range)))
        .try_for_each(|(name, value)| put(name, value))
        .ok();
    Ok(response)
}

fn block(file: Option<File>, left: u64) -> io::Result<(File, Bytes)> {
    let mut file = file.ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut bytes = Vec::with_capacity(left.min(BLOCK) as usize);
    file.by_ref().take(left.min(BLOCK)).read_to_end(&mut bytes)?;
    Ok((file, bytes.into()))
}

/// What a request asks for, of a file.
#[derive(Debug, PartialEq)]
enum Part {
    All,
    /// From the first byte up to the second, which is not part of it.
    Of(u64, u64),
    /// None of its bytes.
    Nothing,
}

/// One part, as RFC 9110 (14.1.2) writes it; whatever else is asked for, all may be given.
fn part(range: &str, size: u64) -> Part {
    let Some((first, last)) = range.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return Part::All;
    };
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    match (first, last) {
        ("", last) => match number(last) {
            Some(0) => Part::Nothing,
            Some(_) if size == 0 => Part::Nothing,
            Some(count) => Part::Of(size.saturating_sub(count), size),
            None => Part::All,
        },
        (first, last) => match (number(first), number(last)) {
            (Some(first), _) if first >= size => Part::Nothing,
            (Some(first), None) if last.is_empty() => Part::Of(first, size),
            (Some(first), Some(last)) if last >= first => Part::Of(first, size.min(last.saturating_add(1))),
            _ => Part::All,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_those_of_the_standard() {
        for (range, expected) in [
            ("bytes=0-", Part::Of(0, 100)),
            ("bytes=10-19", Part::Of(10, 20)),
            ("bytes=90-1000", Part::Of(90, 100)),
            ("bytes=-10", Part::Of(90, 100)),
            ("bytes=-1000", Part::Of(0, 100)),
            ("bytes=100-", Part::Nothing),
            ("bytes=-0", Part::Nothing),
            ("bytes=18446744073709551615-", Part::Nothing),
            ("bytes=0-18446744073709551615", Part::Of(0, 100)),
            // All may be given.
            ("bytes=20-10", Part::All),
            ("bytes=0-1,5-6", Part::All),
            ("bytes=+1-2", Part::All),
            ("bytes=", Part::All),
            ("seconds=1-2", Part::All),
        ] {
            assert_eq!(part(range, 100), expected, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), Part::Nothing);
        assert_eq!(part("bytes=-1", 0), Part::Nothing);
    }
}
