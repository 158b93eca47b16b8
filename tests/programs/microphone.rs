//! A microphone without a sound card: a PulseAudio server of the test's own, whose sinks are heard through ALSA and cpal.
//!
//! What ALSA is told must stand in the environment before a process begins, so this binary is run again as [`child`].

use std::fs;
use std::io::{PipeWriter, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use transcribe::audio::microphone::{Microphone, Sound, inputs};
use transcribe::audio::{self, Selection};
use transcribe::{Error, GapReason};

use crate::run::{Done, done, valid};
use crate::running::Running;

/// What the child does: `inputs`, or `hear` and the name of a device.
const TASK: &str = "TRANSCRIBE_TEST_MICROPHONE";

/// Hears until it is told to `quit`; says on standard output, after `@`, what happens. Samples go to the file `heard`.
/// `more N` is answered when N more samples have come; after `hold` it doesn't read until `go on`.
#[test]
#[ignore = "the other tests run it"]
fn child() {
    let Ok(task) = std::env::var(TASK) else { return };
    if task == "inputs" {
        inputs().unwrap().iter().for_each(|input| println!("\n@{input:?}"));
        return;
    }
    let device = task.strip_prefix("hear ");
    let mut microphone = match Microphone::open(device) {
        Ok(microphone) => microphone,
        Err(error) => {
            let Error::Microphone { kind, .. } = &error else { panic!("{error:?}") };
            return println!("\n@error {error} | {kind:?}");
        }
    };
    println!("\n@opened {}", microphone.name());
    let (orders, inbox) = channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            let _ = orders.send(line.unwrap());
        }
    });
    let mut file = std::io::BufWriter::new(fs::File::create("heard").unwrap());
    let (mut samples, mut gaps, mut lost, mut name) = (0, 0, false, microphone.name().to_owned());
    let mut wanted = None;
    let (mut begin, mut end, mut quit) = (None, Instant::now(), false);
    loop {
        let sound = microphone.read(Duration::from_millis(if quit { 500 } else { 50 }));
        if lost != microphone.is_lost() && !quit {
            lost = microphone.is_lost();
            println!("@{}", if lost { "lost" } else { "found" });
        }
        if name != microphone.name() {
            microphone.name().clone_into(&mut name);
            println!("@name {name}");
        }
        match &sound {
            Some(Sound::Samples(some)) => {
                end = Instant::now();
                begin.get_or_insert(end);
                samples += some.len();
                some.iter().for_each(|s| file.write_all(&s.to_le_bytes()).unwrap());
            }
            Some(Sound::Gap { length, reason }) => {
                gaps += length.0;
                println!("@gap {reason:?} {} {samples}", length.0);
            }
            None if quit => break,
            None => {}
        }
        if wanted.is_some_and(|wanted| samples >= wanted) {
            wanted = None;
            println!("@more {samples}");
        }
        let order: String = inbox.try_recv().unwrap_or_default();
        match order.split(' ').collect::<Vec<_>>()[..] {
            ["more", count] => wanted = Some(samples + count.parse::<usize>().unwrap()),
            ["hold"] => {
                println!("@held");
                assert_eq!(inbox.recv().unwrap(), "go on");
            }
            ["pause"] => microphone.pause(),
            ["resume"] => microphone.resume(),
            ["count"] => println!("@count {samples}"),
            ["quit"] => {
                microphone.pause();
                quit = true;
            }
            _ => {}
        }
    }
    file.flush().unwrap();
    let passed = begin.map_or(0, |begin| (end - begin).as_millis());
    println!("@end {} {passed}", samples as u64 / 16 + gaps);
}

/// A sound server and a place for its files. Ends with the test.
struct Server {
    folder: tempfile::TempDir,
    pulse: Option<Running>,
}

impl Server {
    /// A server without any devices.
    fn start() -> Server {
        let mut server = Server::none();
        server.begin();
        server
    }

    fn begin(&mut self) {
        let mut command = self.command("pulseaudio");
        command.args(["--system=false", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "-n"]);
        let mut pulse = Running::start(command.arg("--load=module-native-protocol-unix"));
        pulse.until("PulseAudio answers", || {
            Running::start(self.command("pactl").arg("info")).output().status.success()
        });
        self.pulse = Some(pulse);
    }

    /// As if it had crashed.
    fn stop(&mut self) {
        if let Some(pulse) = self.pulse.take() {
            pulse.kill();
            let _ = fs::remove_file(self.folder.path().join("pulse/native"));
        }
    }

    /// Only an ALSA that knows of a server; there is none.
    fn none() -> Server {
        let folder = tempfile::tempdir().unwrap();
        let alsa = "/usr/share/alsa/alsa.conf";
        assert!(PathBuf::from(alsa).exists(), "{alsa} is missing: `scripts/setup test` sees to it");
        let device = |id: &str, sink: &str, name: &str| {
            format!("pcm.{id} {{ type pulse device {sink}.monitor hint {{ show on description \"{name}\" }} }}\n")
        };
        let config = [
            format!("<{alsa}>\n"),
            device("!default", "table", "Default"),
            device("desk", "desk", "Desk microphone"),
            device("stage", "stage", "Stage microphone"),
            // One that gives integers.
            "pcm.whole { type linear slave { pcm { type mmap_emul slave.pcm desk } format S16_LE } ".into(),
            "hint { show on description \"Whole\" } }\n".into(),
        ];
        fs::write(folder.path().join("asound.conf"), config.concat()).unwrap();
        Server { folder, pulse: None }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        let path = |name: &str| self.folder.path().join(name);
        command.current_dir(self.folder.path()).env("HOME", self.folder.path()).env("LC_ALL", "C");
        command.env("XDG_RUNTIME_DIR", self.folder.path()).env("XDG_CONFIG_HOME", path("config"));
        command
            .env("PULSE_RUNTIME_PATH", path("pulse"))
            .env("PULSE_SERVER", format!("unix:{}", path("pulse/native").display()));
        command.env("ALSA_CONFIG_PATH", path("asound.conf")).env_remove("PULSE_SINK").env_remove("PULSE_SOURCE");
        command
    }

    fn pactl(&self, args: &str) -> String {
        done(self.command("pactl").args(args.split(' '))).ok().stdout.trim().to_owned()
    }

    /// A device whose sound is what is played to it; gives a number for [`Server::unplug`]. (`norewinds`: it begins to give
    /// sound after 50 ms, not after 2 s.)
    fn plug(&self, name: &str) -> String {
        self.pactl(&format!("load-module module-null-sink sink_name={name} rate=48000 norewinds=1"))
    }

    fn unplug(&self, number: &str) {
        self.pactl(&format!("unload-module {number}"));
    }

    /// Begins to play noise of so many seconds, and gives it at 16 kHz. The player ends when all was played.
    fn start_playing(&self, seconds: usize, sink: &str) -> (Running, Vec<f32>) {
        let path = self.folder.path().join("noise.wav");
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 48_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = hound::WavWriter::create(&path, spec).unwrap();
        let (mut seed, mut smooth) = (1_u32, 0.0_f32);
        for _ in 0..seconds * 48_000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            smooth += 0.2 * ((seed >> 8) as f32 / 8_388_608.0 - 1.0 - smooth);
            file.write_sample((smooth * 25_000.0) as i16).unwrap();
        }
        file.finalize().unwrap();
        let mut recording = audio::open(&path, Selection::default()).unwrap();
        let mut all = Vec::new();
        while let Some(samples) = recording.read().unwrap() {
            all.extend_from_slice(&samples);
        }
        (Running::start(self.command("paplay").args(["-d", sink, "noise.wav"])), all)
    }

    /// Plays noise of so many seconds to its end, and gives it at 16 kHz. So much time passes meanwhile. (Where it is to pass
    /// without a device, on another server: PulseAudio would move whoever listens to a device that is left.)
    fn play(&self, seconds: usize, sink: &str) -> Vec<f32> {
        let (player, noise) = self.start_playing(seconds, sink);
        player.done().ok();
        noise
    }

    fn run(&self, task: &str) -> Command {
        let mut command = self.command(std::env::current_exe().unwrap().to_str().unwrap());
        command.args(["--exact", "microphone::child", "--ignored", "--nocapture"]).env(TASK, task);
        command
    }

    /// What the child says until its end, without `@`. ALSA must say nothing.
    fn told(&self, task: &str) -> Vec<String> {
        let done = done(&mut self.run(task)).ok();
        assert_eq!(done.stderr, "", "{task}");
        done.stdout.lines().filter_map(|line| line.strip_prefix('@')).map(str::to_owned).collect()
    }

    fn hear(&self, device: &str) -> Ear {
        let mut command = self.run(format!("hear {device}").trim());
        let (input, orders) = std::io::pipe().unwrap();
        let child = Running::start(command.stdin(input));
        Ear { folder: self.folder.path().to_owned(), child, orders, lines: 0 }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop();
        }
    }
}

/// A child that hears.
struct Ear {
    folder: PathBuf,
    child: Running,
    orders: PipeWriter,
    /// How many lines it has printed.
    lines: usize,
}

impl Ear {
    fn order(&mut self, order: &str) {
        writeln!(self.orders, "{order}").unwrap();
    }

    /// Waits for a line that begins so; gives what follows. No other may come before.
    #[track_caller]
    fn next(&mut self, start: &str) -> String {
        loop {
            let line = self.child.printed(self.lines);
            self.lines += 1;
            // The others are those of the test harness.
            if let Some(told) = line.strip_prefix('@') {
                let rest = told.strip_prefix(start).unwrap_or_else(|| panic!("{told:?} instead of {start:?}"));
                return rest.trim().to_owned();
            }
        }
    }

    /// Waits for the first sound, and `seconds` more of it. On a busy machine it may begin with gaps.
    #[track_caller]
    fn begin(&mut self, seconds: f64) {
        self.order(&format!("more {}", (seconds * 16_000.0) as usize));
        while !self.next("").starts_with("more") {}
    }

    /// Waits until so much more was heard, in seconds.
    #[track_caller]
    fn more(&mut self, seconds: f64) {
        self.order(&format!("more {}", (seconds * 16_000.0) as usize));
        self.next("more");
    }

    /// The next gap: its length in ms, and the samples before it.
    #[track_caller]
    fn gap(&mut self, reason: GapReason) -> (u64, usize) {
        let told = self.next(&format!("gap {reason:?}"));
        let (length, samples) = told.split_once(' ').unwrap();
        (length.parse().unwrap(), samples.parse().unwrap())
    }

    fn count(&mut self) -> usize {
        self.order("count");
        self.next("count").parse().unwrap()
    }

    /// Ends it; gives what was heard. There was no other gap, and the clock went as fast as ours.
    fn quit(mut self) -> Vec<f32> {
        self.order("quit");
        let told = self.next("end");
        let (clock, passed) = told.split_once(' ').unwrap();
        let (clock, passed): (i64, i64) = (clock.parse().unwrap(), passed.parse().unwrap());
        assert!((clock - passed).abs() < 600, "the clock went {clock} ms in {passed} ms");
        assert_eq!(self.child.done().ok().stderr, "");
        let bytes = fs::read(self.folder.join("heard")).unwrap();
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect()
    }
}

fn likeness(a: &[f32], b: &[f32]) -> f32 {
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    product(a, b) / (product(a, a) * product(b, b)).sqrt().max(1e-9)
}

/// Where `want` begins in `heard`. All of it must be there, and no sample more or less between its beginning and its end.
fn find_all(want: &[f32], heard: &[f32]) -> usize {
    const WINDOW: usize = 1_600;
    let windows = want.chunks_exact(WINDOW).skip(1);
    let first = windows.clone().next().unwrap();
    let places = heard.windows(WINDOW).enumerate().map(|(at, part)| (at, likeness(first, part)));
    let (place, like) = places.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
    assert!(like > 0.95, "the beginning was not heard: {like}");
    let start = place.checked_sub(WINDOW).expect("all of the beginning");
    for (n, window) in windows.enumerate() {
        let at = start + (n + 1) * WINDOW;
        let like = heard.get(at..at + WINDOW).map_or(0.0, |part| likeness(window, part));
        assert!(like > 0.95, "after {} ms it is another sound: {like}", (n + 1) * WINDOW / 16);
    }
    start
}

#[test]
fn what_comes_while_nobody_reads_is_not_lost() {
    let server = Server::start();
    server.plug("desk");
    let mut ear = server.hear("DESK");
    assert_eq!(ear.next("opened"), "Desk microphone");
    ear.begin(0.5);
    let (player, want) = server.start_playing(4, "desk");
    ear.more(0.5);
    ear.order("hold");
    ear.next("held");
    let begin = Instant::now();
    player.done().ok();
    ear.order("go on");
    // All that has come since, and a bit.
    ear.more(begin.elapsed().as_secs_f64() + 0.5);
    println!("it began after {} ms", find_all(&want, &ear.quit()) / 16);
}

#[test]
fn a_pause_closes_the_device_and_is_a_gap() {
    let server = Server::start();
    let number = server.plug("desk");
    server.plug("stage");
    let mut ear = server.hear("desk");
    ear.next("opened");
    ear.begin(1.0);
    let listeners = || server.pactl("list short source-outputs").lines().count();
    assert_eq!(listeners(), 1);
    let begin = Instant::now();
    ear.order("pause");
    ear.child.until("the device is closed", || listeners() == 0);
    let before = ear.count();
    server.play(2, "desk");
    assert_eq!(ear.count(), before);
    ear.order("resume");
    let (length, samples) = ear.gap(GapReason::Paused);
    is_about(length, begin);
    assert_eq!(samples, before);
    ear.more(0.5);
    // A pause in which the device goes and comes is one gap.
    let begin = Instant::now();
    ear.order("pause");
    ear.child.until("the device is closed", || listeners() == 0);
    server.unplug(&number);
    server.play(1, "stage");
    server.plug("desk");
    ear.order("resume");
    let (length, _) = ear.gap(GapReason::Paused);
    is_about(length, begin);
    ear.more(0.5);
    ear.quit();
}

/// A gap of `length` ms has lasted from `begin` until a moment ago.
#[track_caller]
fn is_about(length: u64, begin: Instant) {
    let passed = begin.elapsed().as_millis() as u64;
    println!("a gap of {length} ms within {passed} ms");
    assert!(length <= passed && passed - length < 1_000, "{length} ms in {passed} ms");
}

#[test]
fn a_device_that_goes_and_comes_back_is_a_gap() {
    let (server, other) = (Server::start(), Server::start());
    let number = server.plug("stage");
    other.plug("table");
    // Without Debian's settings: their default is whatever is plugged in, and could be found a moment before the device itself.
    let config = server.folder.path().join("asound.conf");
    let own: String =
        fs::read_to_string(&config).unwrap().split_inclusive('\n').filter(|line| !line.starts_with('<')).collect();
    fs::write(&config, own).unwrap();
    let mut ear = server.hear("Stage microphone");
    assert_eq!(ear.next("opened"), "Stage microphone");
    ear.begin(1.1);
    let begin = Instant::now();
    server.unplug(&number);
    ear.next("lost");
    // It is told, not concluded from silence.
    assert!(begin.elapsed().as_secs_f64() < 1.5, "{:?}", begin.elapsed());
    let before = ear.count();
    assert!(before > 16_000, "{before}");
    // It is away for 2 s at least.
    other.play(2, "table");
    server.plug("stage");
    ear.next("found");
    let (length, samples) = ear.gap(GapReason::Lost);
    is_about(length, begin);
    assert!((2_000..=4_500).contains(&length), "{length}");
    assert!(samples - before < 4_000, "{before} {samples}");
    ear.more(0.5);
    let want = server.play(1, "stage");
    ear.more(0.5);
    find_all(&want, &ear.quit());
}

#[test]
fn the_default_takes_the_place_of_a_device_that_is_gone() {
    let (mut server, other) = (Server::start(), Server::start());
    server.plug("stage");
    other.plug("table");
    let socket = other.folder.path().join("pulse/native");
    let default = format!("pcm.!default {{ type pulse server \"unix:{}\" device table.monitor }}\n", socket.display());
    let config = server.folder.path().join("asound.conf");
    // Without Debian's settings, which make a PulseAudio that runs at the beginning the default.
    let stage = fs::read_to_string(&config).unwrap().lines().find(|l| l.contains("pcm.stage")).unwrap().to_owned();
    fs::write(&config, default + &stage + "\n").unwrap();
    let mut ear = server.hear("stage");
    assert_eq!(ear.next("opened"), "Stage microphone");
    ear.begin(0.5);
    server.stop();
    ear.next("lost");
    let mut told = [ear.next(""), ear.next(""), ear.next("")];
    told.sort();
    assert_eq!(told[0], "found");
    assert!(told[1].starts_with("gap Lost"), "{told:?}");
    assert_eq!(told[2], "name Default Audio Device");
    ear.more(0.5);
    let want = other.play(1, "table");
    ear.more(0.5);
    find_all(&want, &ear.quit());
}

#[test]
fn a_device_that_falls_silent_is_lost_until_it_speaks() {
    let server = Server::start();
    server.plug("desk");
    let mut ear = server.hear("desk");
    ear.next("opened");
    ear.begin(0.5);
    server.pactl("suspend-sink desk 1");
    let begin = Instant::now();
    ear.next("lost");
    assert!(begin.elapsed().as_secs_f64() >= 1.5, "{:?}", begin.elapsed());
    server.pactl("suspend-sink desk 0");
    ear.next("found");
    let (length, _) = ear.gap(GapReason::Missed);
    assert!((1_500..=4_000).contains(&length), "{length}");
    ear.more(0.5);
    ear.quit();
}

#[test]
fn a_server_that_dies_and_is_started_again() {
    let mut server = Server::start();
    server.plug("desk");
    let mut ear = server.hear("desk");
    ear.next("opened");
    ear.begin(0.5);
    server.stop();
    ear.next("lost");
    server.begin();
    server.plug("desk");
    ear.next("found");
    ear.gap(GapReason::Lost);
    ear.more(0.5);
    ear.quit();
}

#[test]
fn the_inputs_are_listed() {
    let server = Server::start();
    server.plug("desk");
    server.plug("table");
    let told = server.told("inputs");
    println!("{told:#?}");
    assert!(told[0].contains("is_default: true"), "{told:?}");
    assert!(told.iter().any(|t| t.starts_with("Input { name: \"Desk microphone\", id: \"desk\", is_default: false")));
    assert!(told.iter().any(|t| t.starts_with("Input { name: \"Whole\"") && t.contains("sample: \"i32\"")), "{told:?}");
    // Plugins and discarders are no microphones.
    for none in ["null", "upmix", "jack"] {
        assert!(!told.iter().any(|t| t.contains(&format!("id: \"{none}\""))), "{told:?}");
    }
    // Integers are converted.
    let mut ear = server.hear("Whole");
    assert_eq!(ear.next("opened"), "Whole");
    let want = server.play(1, "desk");
    let heard = ear.quit();
    let place = heard.windows(1_600).map(|part| likeness(&want[1_600..3_200], part)).fold(0.0, f32::max);
    assert!(place > 0.95, "{place}");
}

#[test]
fn no_microphone_is_said_in_one_line_and_alsa_is_quiet() {
    let server = Server::none();
    assert_eq!(server.told("inputs"), [""; 0]);
    let told = server.told("hear");
    let wanted =
        "error the default microphone cannot be used: the sound server (PipeWire or PulseAudio) does not answer";
    assert_eq!(told, [format!("{wanted} | Unusable")]);
    let told = server.told("hear Stgae microphone");
    let wanted = "error no microphone is called `Stgae microphone` | Unknown { near: [\"Stage microphone\"";
    assert!(told[0].starts_with(wanted), "{told:?}");
    assert_eq!(server.told("hear stage").len(), 1);
    println!("{:?}", server.told("hear stage"));
}

/// The whole program, without what must not be said: ALSA's own messages.
#[test]
fn the_program_lists_microphones_and_says_which_is_missing() {
    let mut server = Server::none();
    let run = |server: &Server, arguments: &str| {
        let mut command = server.command(env!("CARGO_BIN_EXE_transcribe"));
        let Done { code, stdout, stderr } = done(command.args(arguments.split(' ')).stdin(Stdio::null()));
        (code, stdout, stderr)
    };
    fs::write(server.folder.path().join("script.json"), "[]").unwrap();
    let (code, _, stderr) = run(&server, "live --scripted script.json");
    assert_eq!(code, Some(2));
    assert!(stderr.starts_with("error: the default microphone cannot be used: "), "{stderr}");
    assert!(stderr.contains("\nhint: `transcribe devices` lists") && stderr.lines().count() == 2, "{stderr}");
    server.begin();
    server.plug("table");
    server.plug("desk");
    let (code, stdout, stderr) = run(&server, "devices");
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    assert!(stdout.starts_with("* Default") && stdout.contains("\n  Desk microphone: "), "{stdout}");
    assert!(stdout.contains(" Hz"), "{stdout}");
    let (code, _, stderr) = run(&server, "live --scripted script.json --device Dekstop");
    assert_eq!(code, Some(2));
    assert!(stderr.starts_with("error: no microphone is called `Dekstop`\nhint: "), "{stderr}");
    let files = fs::read_dir(server.folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect::<Vec<_>>();
    assert!(!files.iter().any(|name| name.to_string_lossy().contains("live-")), "{files:?}");
}

/// Speech through a microphone that goes away in between.
#[test]
fn a_session_goes_on_when_the_microphone_is_back() {
    let (server, other) = (Server::start(), Server::start());
    let number = server.plug("stage");
    let path = |name: &str| server.folder.path().join(name);
    let text: Vec<String> = (0..60).map(|n| format!("word{n}")).collect();
    let script = serde_json::json!([{"start": 0, "end": 30_000, "text": text.join(" ")}]);
    fs::write(path("script.json"), script.to_string()).unwrap();
    let speech = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/recordings/jfk.flac");
    let speak = || {
        let cut = ["-v", "error", "-y", "-i", speech, "-t", "2.5", "speech.wav"];
        done(server.command("ffmpeg").args(cut).stdin(Stdio::null())).ok();
        done(server.command("paplay").args(["-d", "stage", "speech.wav"])).ok();
    };
    let mut command = server.command(env!("CARGO_BIN_EXE_transcribe"));
    command.args("live --scripted script.json --device Stage --name talk -l en --save-audio talk.wav".split(' '));
    let mut session = Running::start(command.stdin(Stdio::null()));
    session.until_told("listening to Stage microphone\n");
    speak();
    session.printed(0);
    server.unplug(&number);
    session.until_told("warning: the microphone is gone");
    // It is away for 1 s at least.
    other.plug("table");
    other.play(1, "table");
    server.plug("stage");
    session.until_told("\nlistening\n");
    speak();
    session.printed(1);
    session.signal(Signal::INT);
    session.done().ok();
    let told = |name: &str| fs::read_to_string(path(name)).unwrap();
    let json: serde_json::Value = serde_json::from_str(&told("talk.json")).unwrap();
    valid(&json);
    let gaps = json["transcribe"]["gaps"].as_array().unwrap();
    // A busy machine may begin with one.
    let first = json["word_segments"][0]["start"].as_f64().unwrap();
    let spoken = |gap: &&serde_json::Value| gap["start"].as_f64().unwrap() > first;
    let lost: Vec<_> = gaps.iter().filter(spoken).filter(|gap| gap["reason"] == "microphone_lost").collect();
    assert_eq!(lost.len(), 1, "{gaps:?}");
    assert!(lost[0]["end"].as_f64().unwrap() - lost[0]["start"].as_f64().unwrap() > 1.0, "{lost:?}");
    // The saved sound has the same clock: the gap is silence in it.
    let mut saved = audio::open(&path("talk.wav"), Selection::default()).unwrap();
    let mut all = Vec::new();
    while let Some(samples) = saved.read().unwrap() {
        all.extend_from_slice(&samples);
    }
    assert!((all.len() as f64 / 16_000.0 - json["duration"].as_f64().unwrap()).abs() < 0.1);
    let at = |second: &serde_json::Value| (second.as_f64().unwrap() * 16_000.0) as usize;
    assert!(all[at(&lost[0]["start"]) + 800..at(&lost[0]["end"]) - 800].iter().all(|s| *s == 0.0));
    assert!(all.iter().any(|s| s.abs() > 0.1));
    // Text on both sides of it.
    let words = json["word_segments"].as_array().unwrap();
    let time = |word: Option<&serde_json::Value>, at: &str| word.unwrap()[at].as_f64().unwrap();
    assert!(time(words.first(), "start") < lost[0]["start"].as_f64().unwrap(), "{words:?}");
    assert!(time(words.last(), "end") > lost[0]["end"].as_f64().unwrap(), "{words:?}");
}

/// The application lists the microphones, hears the one that was chosen, and has its sound at the end.
#[cfg(feature = "app")]
#[test]
fn the_application_hears_the_microphone_that_was_chosen() {
    use crate::app_server::{AppServer, Events};
    let server = Server::start();
    server.plug("desk");
    server.plug("stage");
    fs::write(server.folder.path().join("script.json"), "[]").unwrap();
    let mut command = server.command(env!("CARGO_BIN_EXE_transcribe"));
    let app = AppServer::of(command.args("app --no-open --data-dir data --scripted script.json".split(' ')));
    let page = app.get("live").ok().text();
    assert!(page.contains("<option>Desk microphone</option>"), "{page}");
    let request = serde_json::json!({"name": "Rat", "device": "Stage microphone"});
    app.post("live", request.to_string().as_bytes()).ok();
    let mut events = Events::of(&app);
    let (player, _) = server.start_playing(2, "stage");
    events.until(|data| data["level"].as_u64().is_some_and(|level| level > 3));
    player.done().ok();
    app.post("live/pause", b"").ok();
    events.until_status("state", "paused");
    app.post("live/stop", b"").ok();
    events.until_status("recording", 1);
    let mut saved =
        audio::open(&server.folder.path().join("data/recordings/1 Rat/Rat.flac"), Selection::default()).unwrap();
    let mut loudest = 0.0_f32;
    while let Some(samples) = saved.read().unwrap() {
        loudest = samples.iter().fold(loudest, |most, sample| most.max(sample.abs()));
    }
    assert!(loudest > 0.1, "{loudest}");
    app.end();
}
