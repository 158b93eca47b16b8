//! Recordings that are made to do harm: lists of other files in disguise, and headers that claim too much.

use std::fs;
use std::process::Command;

use crate::ffmpeg::ffmpeg;
use crate::recordings::with_sound;
use crate::run::{Done, Place, done};

/// Endings that are passed on to ffmpeg, by us or by its own guess.
const ENDINGS: [&str; 6] = ["wma", "m4a", "mp4", "wav", "mkv", "ts"];

#[test]
fn a_list_of_other_recordings_is_no_recording() {
    let place = with_sound();
    ffmpeg(&place, "-i jfk.wav -c:a aac meeting.mp4");
    ffmpeg(&place, "-i jfk.wav -c:a aac meeting.ts");
    let folder = place.path("");
    let folder = folder.to_str().unwrap().trim_end_matches('/');
    let lists = [
        format!("ffconcat version 1.0\nfile '{folder}/jfk.wav'\n"),
        "ffconcat version 1.0\nfile jfk.wav\n".into(),
        format!(
            "#EXTM3U\n#EXT-X-TARGETDURATION:11\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:11,\n{folder}/meeting.ts\n#EXT-X-ENDLIST\n"
        ),
        "#EXTM3U\n#EXT-X-TARGETDURATION:11\n#EXTINF:11,\nmeeting.ts\n#EXT-X-ENDLIST\n".into(),
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" \
             mediaPresentationDuration=\"PT11S\" profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\">\n<Period>\
             <AdaptationSet mimeType=\"audio/mp4\" contentType=\"audio\"><Representation id=\"1\" bandwidth=\"64000\">\
             <BaseURL>file:{folder}/meeting.mp4</BaseURL></Representation></AdaptationSet></Period></MPD>"
        ),
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 5004 RTP/AVP 0\n".into(),
        "SBG\n-SE\nwave: 200+5/50\nNOW wave\n20:00:00 ==\n".into(),
    ];
    for (number, list) in lists.iter().enumerate() {
        for ending in ENDINGS {
            let name = format!("list{number}.{ending}");
            place.write(&name, list);
            let done = place.scripted(&format!("-o out {name}"));
            assert_eq!(done.code, Some(1), "{name}: {}", done.stderr);
            assert!(done.stderr.starts_with(&format!("error: cannot decode `{name}`")), "{}", done.stderr);
        }
    }
    assert!(place.files("out").is_empty());
}

/// The program with 1 GiB of address space and a minute of processor time.
fn confined(place: &Place, arguments: &str) -> Done {
    let program = place.command(arguments);
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v 1048576; ulimit -t 60; exec \"$0\" \"$@\""]).arg(program.get_program());
    command.args(program.get_args()).current_dir(place.path("")).env("HOME", place.path("home"));
    done(&mut command)
}

#[test]
fn absurd_sample_rates_are_refused_and_the_others_go_on() {
    let place = with_sound();
    let wav = fs::read(place.path("jfk.wav")).unwrap();
    for rate in [0_u32, 1, 3_999, 768_001, 100_000_007, u32::MAX] {
        let mut bytes = wav[..60_000].to_vec();
        bytes[24..28].copy_from_slice(&rate.to_le_bytes());
        place.write(&format!("r{rate}.wav"), bytes);
        let done = confined(&place, &format!("--scripted script.json -o out r{rate}.wav jfk.wav --overwrite"));
        assert_eq!(done.code, Some(1), "{rate}: {}", done.stderr);
        assert!(done.stderr.contains(&format!("cannot decode `r{rate}.wav`")), "{}", done.stderr);
        assert!(place.path("out/jfk.json").exists(), "{rate}: the other is done");
    }
    let told = confined(&place, "--scripted script.json r100000007.wav").stderr;
    assert!(told.contains("a sample rate of 100000007 Hz; only 4 to 768 kHz can be read"), "{told}");
    // No usual rate, but one that can be.
    for rate in [4_000_u32, 44_101, 767_999] {
        let mut bytes = wav.clone();
        bytes[24..28].copy_from_slice(&rate.to_le_bytes());
        place.write("odd.wav", bytes);
        let done = confined(&place, "--scripted script.json -o out --overwrite odd.wav").ok();
        let length = place.json("out/odd.json")["duration"].as_f64().unwrap();
        assert!((length - 176_000.0 / f64::from(rate)).abs() < 0.01, "{rate}: {length} s, {}", done.stderr);
    }
}

#[test]
fn days_of_silence_cost_neither_time_nor_memory() {
    let place = with_sound();
    // Five hours and a half without sound after a second, and twice again.
    let jumps = "setts=ts=PTS+gte(PTS\\,1000)*19800000+gte(PTS\\,2000)*19800000+gte(PTS\\,2500)*19800000";
    ffmpeg(&place, &format!("-i jfk.wav -t 3 -c:a pcm_s16le -bsf:a {jumps} gaps.mkv"));
    ffmpeg(&place, &format!("-i jfk.wav -t 3 -c:a ac3 -bsf:a {jumps} gaps-ac3.mkv"));
    for (name, hours) in [("gaps.mkv", 11.0), ("gaps-ac3.mkv", 11.0)] {
        let done = confined(&place, &format!("--scripted script.json -o out {name}"));
        assert!(matches!(done.code, Some(0 | 1)), "{name}: {}", done.stderr);
        // A clock that is wrong is told once.
        assert!(done.stderr.matches("the times in the file jump").count() <= 1, "{name}: {}", done.stderr);
        if done.code == Some(0) {
            let json = place.json(&format!("out/{}.json", name.trim_end_matches(".mkv")));
            let length = json["duration"].as_f64().unwrap() / 3_600.0;
            assert!(length <= hours + 0.1, "{name}: {length} hours");
        }
    }
    // What a file of its size can't hold is not believed: the first gap is, the second is not.
    ffmpeg(&place, &format!("-i jfk.wav -t 3 -c:a libopus -b:a 6k -bsf:a {jumps} small.mkv"));
    let json = {
        place.scripted("-o out small.mkv").ok();
        place.json("out/small.json")
    };
    let length = json["duration"].as_f64().unwrap() / 3_600.0;
    assert!((5.4..5.8).contains(&length), "{length} hours");
}

/// ffmpeg takes any rate.
#[test]
fn absurd_sample_rates_are_refused_where_ffmpeg_decodes() {
    let place = with_sound();
    ffmpeg(&place, "-i jfk.wav -c:a pcm_s16be sound.au");
    let mut bytes = fs::read(place.path("sound.au")).unwrap();
    bytes.truncate(60_000);
    for rate in [1_u32, 3_999, 768_001] {
        bytes[16..20].copy_from_slice(&rate.to_be_bytes());
        place.write("sound.au", &bytes);
        let told = place.scripted("-o out sound.au");
        assert_eq!(told.code, Some(1), "{rate}: {}", told.stderr);
        assert!(told.stderr.contains(&format!("a sample rate of {rate} Hz; only 4 to 768 kHz")), "{}", told.stderr);
    }
    assert!(place.files("out").is_empty());
}

/// ffmpeg itself fails then.
#[test]
fn a_recording_that_is_nearly_all_damage_is_not_done() {
    let place = with_sound();
    ffmpeg(&place, "-i jfk.wav -c:a aac sound.mp4");
    let whole = fs::read(place.path("sound.mp4")).unwrap();
    let begin = whole.windows(4).position(|bytes| bytes == b"mdat").unwrap() + 2_000;
    let end = whole.windows(4).position(|bytes| bytes == b"moov").unwrap().saturating_sub(8);
    let mut seed = 1_u32;
    let mut damaged = whole;
    for byte in damaged[begin..end.max(begin)].iter_mut() {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if seed >> 24 < 24 {
            *byte = (seed >> 16) as u8;
        }
    }
    place.write("sound.mp4", &damaged);
    let told = place.scripted("-o out sound.mp4");
    assert_eq!(told.code, Some(1), "{}", told.stderr);
    assert!(!place.path("out/sound.json").exists() || place.json("out/sound.json")["transcribe"]["complete"] == false);
}
