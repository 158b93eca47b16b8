//! The program in a terminal, which `readers/terminal.py` plays.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::{fs, thread};

use serde_json::{Value, json};
use transcribe::models::Store;

use crate::recordings::four_turns;
use crate::run::{Place, valid};
use crate::running::Running;

/// What `readers/terminal.py` saw of a program.
fn in_terminal(script: &Value) -> Value {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut python = Command::new(format!("{root}/scripts/python"));
    python.arg(format!("{root}/tests/programs/readers/terminal.py")).env("PYTHONIOENCODING", "utf-8");
    let (input, end) = std::io::pipe().unwrap();
    let running = Running::start(python.stdin(input));
    serde_json::to_writer(end, script).unwrap();
    let output = running.output();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Keys and the status line, in a terminal.
#[test]
fn keys_in_a_terminal() {
    let place = four_turns();
    let arguments = ["live", "--scripted", "script.json", "--input", "talk.wav", "--speed", "2", "--name", "talk"];
    let script = json!({
        "program": env!("CARGO_BIN_EXE_transcribe"), "arguments": arguments, "folder": place.path(""),
        "keys": [
            ["0:00:0", "t"], ["item 1", "2"], ["0:00:0[7-9]", "m"], ["", "3"], ["", "b"],
            ["0:00:1[3-9]", " "], ["0:00:(19|2).*PAUSED", " "],
        ],
    });
    let seen: Value = in_terminal(&script);
    assert_eq!(seen["code"], 0, "{seen}");
    let screen = seen["screen"].as_str().unwrap();
    assert!(screen.contains("Speaker 2: ") && screen.contains("PAUSED") && screen.contains("item 1"), "{screen}");
    assert!(screen.contains("q end"), "{screen}");
    assert_eq!(seen["echo"], true, "the terminal is as it was");
    let json = place.json("talk.json");
    valid(&json);
    let ours = &json["transcribe"];
    let kinds: Vec<&str> = ours["markers"].as_array().unwrap().iter().map(|m| m["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["agenda_item", "marker", "decision"]);
    let gap = &ours["gaps"][0];
    assert_eq!(gap["reason"], "paused");
    assert!((gap["end"].as_f64().unwrap() - gap["start"].as_f64().unwrap() - 6.0).abs() < 1.0, "{gap}");
    let speakers: Vec<&str> =
        json["segments"].as_array().unwrap().iter().filter_map(|s| s["speaker"].as_str()).collect();
    assert_eq!(speakers.first(), Some(&"Speaker 2"));
    assert!(speakers.contains(&"Speaker 3"));
}

#[test]
fn a_terminal_gets_no_document() {
    let place = Place::new();
    place.recording("jfk.flac", "talk.flac");
    let arguments = ["--scripted", "script.json", "--stdout", "docx", "talk.flac"];
    let program = env!("CARGO_BIN_EXE_transcribe");
    let seen = in_terminal(&json!({"program": program, "arguments": arguments, "folder": place.path(""), "keys": []}));
    assert_eq!(seen["code"], 2, "{seen}");
    let screen = seen["screen"].as_str().unwrap();
    assert!(screen.contains("`docx` is not text, a terminal cannot show it"), "{screen}");
    assert!(screen.contains("hint: `-f docx` writes a file"), "{screen}");
}

/// The address of a server that has the default model, as this computer has it.
fn mirror() -> String {
    let model = Store::of_user().find("base-q8_0").expect("`make model` gets it");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let request = BufReader::new(&connection).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            assert!(request.collect::<Vec<_>>()[0].starts_with("GET /ggml-base-q8_0.bin "));
            let content = fs::read(&model).unwrap();
            write!(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", content.len())
                .unwrap();
            connection.write_all(&content).unwrap();
        }
    });
    address
}

#[test]
fn without_a_model_it_asks_which_one_to_get() {
    let place = Place::new();
    place.recording("jfk.flac", "talk.flac");
    let models = place.path("models").display().to_string();
    let home = place.path("home").display().to_string();
    let environment = json!({"TRANSCRIBE_MODELS": models, "TRANSCRIBE_MODEL_MIRROR": mirror(), "XDG_DATA_HOME": home});
    let run = |keys: Value| {
        in_terminal(&json!({
            "program": env!("CARGO_BIN_EXE_transcribe"), "arguments": ["-l", "en", "-f", "txt", "talk.flac"],
            "folder": place.path(""), "environment": environment, "keys": keys,
        }))
    };
    let neither = run(json!([["or n for neither", "?\r"], ["neither:(.|\n)*neither:", "n\r"]]));
    assert_eq!(neither["code"], 2, "{neither}");
    assert!(neither["last"].as_str().unwrap().contains("error: no model is installed"), "{neither}");
    let stopped = run(json!([["or n for neither", "\u{3}"]]));
    assert_eq!(stopped["code"], 130, "{stopped}");
    assert!(!place.path("models").exists());

    let small = run(json!([["or n for neither", "2\r"]]));
    assert_eq!(small["code"], 0, "{small}");
    let screen = small["screen"].as_str().unwrap();
    assert!(screen.contains("1  large-v3-turbo-q8_0, recommended, for minutes: 874 MB"), "{screen}");
    assert!(screen.contains("2  base-q8_0, small, to try the program out: 82 MB"), "{screen}");
    assert!(place.path("models/ggml-base-q8_0.bin").is_file());
    assert!(place.read("talk.txt").contains("ask not"), "{}", place.read("talk.txt"));
    // The next time there is one.
    fs::remove_file(place.path("talk.txt")).unwrap();
    assert_eq!(run(json!([]))["code"], 0);
}

/// Bars, messages and a transcript; the name would set the clipboard and the title, the text would be read backwards.
#[test]
fn names_and_text_do_not_command_a_terminal() {
    let place = Place::new();
    let evil = "a\u{1b}]52;c;cm0=\u{7}\u{9b}31m\rb\u{202e}c";
    let shown = "a\\u001b]52;c;cm0=\\u0007\\u009b31m\\u000db\\u202ec";
    place.recording("jfk.flac", &format!("{evil}.flac"));
    place.script("script.json", &json!([{"start": 500, "end": 2_000, "text": "Ask \u{202e}not"}]));
    let name = format!("{evil}.flac");
    let program = env!("CARGO_BIN_EXE_transcribe");
    for arguments in [
        vec!["--scripted", "script.json", &name],
        vec!["--scripted", "script.json", "--stdout", "txt", &name],
        vec!["--scripted", "script.json", "missing", &name],
        vec![&*format!("--{evil}")],
    ] {
        let seen =
            in_terminal(&json!({"program": program, "arguments": arguments, "folder": place.path(""), "keys": []}));
        let raw = seen["raw"].as_str().unwrap();
        for bad in ["\u{1b}]", "\u{7}", "\u{9b}", "\rb", "\u{202e}"] {
            assert!(!raw.contains(bad), "{bad:?}: {raw:?}");
        }
        // clap leaves out escape sequences itself.
        let named = !arguments.contains(&"--stdout") && arguments.len() > 1;
        assert!(raw.contains(shown) || !named, "{raw:?}");
        assert_eq!(raw.contains("Ask \\u202enot"), arguments.contains(&"--stdout"), "{raw:?}");
    }
}
