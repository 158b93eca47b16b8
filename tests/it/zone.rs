//! The time of the place where the program runs.

use crate::recordings::four_turns;
use crate::run::{Place, done};

/// When a live session that begins now was begun, with `TZ` as this.
fn started(place: &Place, zone: &str) -> String {
    let arguments = "live -q --scripted script.json --input talk.wav --speed 0 -f json --overwrite --name talk";
    done(place.command(arguments).env("TZ", zone)).ok();
    place.json("talk.json")["transcribe"]["recording"]["started"].as_str().unwrap().to_owned()
}

#[test]
fn live_sessions_have_the_time_of_the_place() {
    let place = four_turns();
    let berlin = started(&place, "Europe/Berlin");
    assert!(["+01:00", "+02:00"].iter().any(|offset| berlin.ends_with(offset)), "{berlin}");
    assert!(started(&place, "Asia/Kathmandu").ends_with("+05:45"));
    assert!(started(&place, "XYZ+2:30").ends_with("-02:30"));
}

#[test]
fn live_sessions_are_named_by_the_date_of_the_place() {
    let place = four_turns();
    let date = |zone: &str, folder: &str| {
        let arguments = format!("live -q --scripted script.json --input talk.wav --speed 0 -f json -o {folder}");
        done(place.command(&arguments).env("TZ", zone)).ok();
        place.files(folder)[0][.."live-2026-11-29".len()].to_owned()
    };
    // 25 hours apart.
    assert_ne!(date("Pacific/Kiritimati", "east"), date("Pacific/Pago_Pago", "west"));
}

/// The rules of a zone as `/etc/localtime` has them (RFC 9636), without its name.
#[test]
fn the_zone_may_be_a_file() {
    let place = four_turns();
    let counts = [0_u32, 0, 0, 0, 1, 6].map(u32::to_be_bytes).concat();
    let header = [&b"TZif2"[..], &[0; 15], &counts].concat();
    let offset = [&20_700_i32.to_be_bytes()[..], &[0, 0], b"+0545\0"].concat();
    let rules = [&header[..], &offset, &header, &offset, b"\n<+0545>-5:45\n"].concat();
    let file = place.write("localtime", rules);
    assert!(started(&place, &format!(":{}", file.display())).ends_with("+05:45"));
}
