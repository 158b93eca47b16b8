//! OpenAI's audio API with OpenAI's own client.

use std::process::Command;

use serde_json::{Value, json};

use crate::app_server::AppServer;
use crate::run::{Place, done};

const HERE: &str = env!("CARGO_MANIFEST_DIR");
const SAID: &str = "Geheimnis at 500 Geheimnis at 3300";

fn python(script: &str, arguments: &[&str]) -> Value {
    let mut python = Command::new(format!("{HERE}/scripts/python"));
    python.arg(format!("{HERE}/tests/programs/readers/{script}.py")).args(arguments).env("PYTHONIOENCODING", "utf-8");
    // It may stand in the way of a loopback address.
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        python.env_remove(variable);
    }
    let done = done(&mut python).ok();
    serde_json::from_str(&done.stdout).unwrap_or_else(|e| panic!("{e}: {}", done.stderr))
}

#[test]
fn openais_own_client_gets_everything_it_knows() {
    let place = Place::new();
    place.recording("jfk.flac", "talk.flac");
    let nonsense = place.write("nonsense.mp3", "no recording at all");
    // Longer than the client that waits half a second.
    place.change(0, "delay", 1_500);
    let serve = AppServer::of(&mut place.command("serve --listen 127.0.0.1:0 --data-dir data --scripted script.json"));
    let token = place.run("app token add python --data-dir data").ok().stdout;
    let talk = place.path("talk.flac");
    let told =
        python("openai_client", &[&serve.url, token.trim(), &talk.to_string_lossy(), &nonsense.to_string_lossy()]);
    assert_eq!(told["json"], json!(["Transcription", SAID, "duration", 11.0]));
    assert_eq!(told["text"], format!("{SAID}\n"));
    assert!(told["srt"].as_str().unwrap().starts_with("1\n00:00:00,500 --> "), "{}", told["srt"]);
    assert!(told["vtt"].as_str().unwrap().starts_with("WEBVTT\n"), "{}", told["vtt"]);
    assert_eq!(told["verbose_json"], json!(["TranscriptionVerbose", SAID, "english", 11]));
    assert_eq!(
        told["segments"],
        json!([[0, 0.5, " Geheimnis at 500", [], 0.0], [1, 3.3, " Geheimnis at 3300", [], 0.0]])
    );
    assert_eq!((&told["words"][0], &told["words"][3]), (&json!(["Geheimnis", 0.5]), &json!(["Geheimnis", 3.3])));
    let segment = |n: usize| json!([format!("seg_{n}"), "transcript.text.segment", true]);
    assert_eq!(told["diarized_json"], json!(["TranscriptionDiarized", [segment(0), segment(1)]]));
    let delta = |text: &str| json!(["transcript.text.delta", text]);
    let events = json!([delta("Geheimnis at 500"), delta(" Geheimnis at 3300"), ["transcript.text.done", SAID]]);
    assert_eq!(told["stream"], events);
    assert_eq!(told["translation"], json!(["TranslationVerbose", SAID, "english"]));
    assert_eq!(told["extra"], SAID);
    assert_eq!((&told["models"], &told["model"]), (&json!(["whisper-1"]), &json!("transcribe")));
    let errors = told["errors"].as_array().unwrap();
    assert_eq!(errors[0], json!(["AuthenticationError", 401, "invalid_api_key", null]));
    assert_eq!(errors[1], json!(["BadRequestError", 400, "model_not_found", "model"]));
    assert_eq!(errors[2], json!(["BadRequestError", 400, "invalid_value", "language"]));
    assert_eq!(errors[3], json!(["NotFoundError", 404, "model_not_found", "model"]));
    assert_eq!((&errors[4][1], &errors[4][3]), (&json!(400), &json!("file")));
    assert_eq!(told["retried"], format!("{SAID}\n"));
    assert_eq!(told["together"], json!([SAID, SAID]));
    serve.end();
    // However often it was asked, each question was one job.
    let recordings = place.files("data/recordings");
    assert_eq!(recordings.iter().filter(|name| name.ends_with("talk")).count(), 7, "{recordings:?}");
}

#[test]
fn the_description_is_valid() {
    let routes = python("openapi", &[&format!("{HERE}/docs/openapi.json")]);
    let expected = ["/v1/audio/transcriptions", "/v1/audio/translations", "/v1/models", "/v1/models/{id}"];
    assert_eq!(routes, json!(expected));
}
