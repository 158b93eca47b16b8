#!/usr/bin/env python3
"""Measures the application in the browser: `transcribe app`.

    python3 benches/app.py [--transcribe PROGRAM] [--transcripts 1000] [--gigabytes 2] [--rounds 5]

Rows:

  start      from the start of the program until the first page is there, in which buttons work
  progress   from sending a recording of 11 s until the page is told that it is being worked on, and until it is told how far that is, with
             the best installed model
  rest       memory of the server when nothing happens
  upload     largest memory of the server while a file of `--gigabytes` is sent to it
  pages      time of pages with `--transcripts` transcripts of an hour each, 95th percentile: the first page, a later page of the list,
             a search for a rare and for a common word, a transcript

Needs Linux for the memory, and a model for `progress`.
"""

import argparse
import http.client
import json
import random
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORDING = ROOT / "examples" / "recordings" / "jfk.flac"
# Of nothing in particular: text that is searched, no sense.
SYLLABLES = ["rat", "grund", "steuer", "haus", "halt", "sitz", "ung", "ord", "nung", "plan", "amt", "frag", "stell", "an", "trag", "ver", "ein"]


class App:
    def __init__(self, program, folder, *options):
        begun = time.monotonic()
        command = [program, "app", "--no-open", "--data-dir", str(folder), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        url = self.process.stdout.readline().strip()
        self.host, self.base = url.removeprefix("http://").split("/", 1)
        self.base = f"/{self.base}"
        page = self.get("")
        self.took = time.monotonic() - begun
        assert b'id="choose"' in page

    def ask(self, method, path, body=None, headers={}):
        connection = http.client.HTTPConnection(self.host, timeout=600)
        connection.request(method, self.base + path, body, headers)
        return connection.getresponse()

    def get(self, path):
        answer = self.ask("GET", path)
        body = answer.read()
        assert answer.status == 200, (path, answer.status, body[:200])
        return body

    def memory(self):
        """Megabytes that the server has in memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def end(self):
        self.process.terminate()
        self.process.wait()


def form(name, parts, length):
    """A body that is sent bit by bit, and its headers; as a browser sends it."""
    head = (f'--edge\r\nContent-Disposition: form-data; name="settings"\r\n\r\n{{"options": {{"language": "en"}}}}\r\n'
            f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n').encode()
    tail = b"\r\n--edge--\r\n"

    def body():
        yield head
        yield from parts
        yield tail

    headers = {"Content-Type": "multipart/form-data; boundary=edge", "Content-Length": str(len(head) + length + len(tail))}
    return body(), headers


def first_progress(app):
    content = RECORDING.read_bytes() + random.randbytes(8)
    events = app.ask("GET", "events")
    begun = time.monotonic()
    body, headers = form("jfk.flac", [content], len(content))
    answer = app.ask("POST", "recordings", body, headers)
    job = json.loads(answer.read())["job"]
    working = None
    while True:
        line = events.readline().decode()
        told = [one for one in json.loads(line[6:]) if one["job"] == job] if line.startswith("data: [") else []
        if told and working is None:
            working = time.monotonic() - begun
        if told and told[0]["fraction"] is not None:
            took = time.monotonic() - begun
            break
        # A recording that is done so fast had progress, too.
        if f'id="job-{job}" data-name="jfk.flac" data-state="done"'.encode() in app.get("list"):
            took = time.monotonic() - begun
            break
    events.close()
    while f'id="job-{job}" data-name="jfk.flac" data-state="done"'.encode() not in app.get("list"):
        time.sleep(0.1)
    return working or took, took


def upload(app, gigabytes):
    """The largest memory while it is sent, and the speed in MB a second."""
    block, count = bytes(1 << 20), int(gigabytes * 1000)
    peak, done = [0.0], threading.Event()

    def watch():
        while not done.wait(0.02):
            peak[0] = max(peak[0], app.memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.monotonic()
    body, headers = form("large.wav", (block for _ in range(count)), count << 20)
    answer = app.ask("POST", "recordings", body, headers)
    told = answer.read()
    took = time.monotonic() - begun
    done.set()
    watcher.join()
    assert answer.status == 200, told
    return peak[0], count * 1.048576 / took


def transcript(seed):
    """An hour, 9,000 words in segments of ten."""
    dice = random.Random(seed)
    words = lambda: " ".join("".join(dice.choices(SYLLABLES, k=dice.randint(1, 3))) for _ in range(10))
    segments = [{"id": n, "start": n * 4.0, "end": n * 4.0 + 3.5, "text": f" {words()}."} for n in range(900)]
    return {
        "text": "", "language": "de", "duration": 3600.0, "segments": segments,
        "transcribe": {"version": 1, "complete": True, "recording": {"name": f"talk {seed}.mp3", "size": 1, "sha256": f"{seed:064x}"},
                       "model": {"file": "none", "sha256": "0" * 64}},
    }


def pages(program, count, folder):
    """Milliseconds of pages at the 95th percentile."""
    talks = folder / "talks"
    talks.mkdir()
    example = made(program, folder)
    for seed in range(count):
        told = json.loads(json.dumps(example))
        told.update({key: value for key, value in transcript(seed).items() if key != "transcribe"})
        told["transcribe"]["recording"].update(transcript(seed)["transcribe"]["recording"])
        (talks / f"talk {seed}.json").write_text(json.dumps(told))
    app = App(program, folder / "many")
    begun = time.monotonic()
    answer = app.ask("POST", "folder", f"path={talks}&also=false".replace(" ", "+"), {"Content-Type": "application/x-www-form-urlencoded"})
    answer.read()
    assert answer.status == 303
    opened = time.monotonic() - begun
    rows = {}
    kinds = {
        "first page": lambda: "",
        "list": lambda: f"list?page={random.randint(1, count // 50)}",
        "rare word": lambda: "search?q=" + "".join(random.choices(SYLLABLES, k=3)),
        "common word": lambda: "search?q=" + random.choice(["steuer", "grund", "ung"]),
        "two words": lambda: "search?q=grundsteuer+planung",
        "no such word": lambda: "search?q=xylophon",
        "transcript": lambda: f"recordings/{random.randint(1, count)}",
    }
    for name, path in kinds.items():
        times = []
        for _ in range(100):
            begun = time.monotonic()
            app.get(path())
            times.append((time.monotonic() - begun) * 1000)
        rows[name] = statistics.quantiles(times, n=20)[-1]
    memory = app.memory()
    app.end()
    return opened, rows, memory


def made(program, folder):
    """A transcript of this program, for its facts."""
    script = folder / "script.json"
    script.write_text('[{"start": 500, "end": 2000, "text": "one"}]')
    subprocess.run([program, "-q", "--scripted", script, "-l", "en", "-f", "json", "-o", folder, RECORDING], check=True)
    return json.loads((folder / "jfk.json").read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transcribe", default=str(ROOT / "target" / "release" / "transcribe"))
    parser.add_argument("--transcripts", type=int, default=1000)
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name).resolve()
        starts, progress = [], []
        for _ in range(chosen.rounds):
            app = App(chosen.transcribe, folder / "app")
            starts.append(app.took)
            progress.append(first_progress(app))
            rest = app.memory()
            app.end()
        print(f"start: {statistics.median(starts):.2f} s, worst {max(starts):.2f}")
        for what, times in zip(["worked on", "how far"], zip(*progress)):
            print(f"progress, {what}: {statistics.median(times):.2f} s, worst {max(times):.2f}")
        print(f"rest: {rest:.0f} MB")
        app = App(chosen.transcribe, folder / "app")
        peak, speed = upload(app, chosen.gigabytes)
        print(f"upload of {chosen.gigabytes} GB: {peak:.0f} MB, {speed:.0f} MB/s")
        app.end()
        opened, rows, memory = pages(chosen.transcribe, chosen.transcripts, folder)
        print(f"{chosen.transcripts} transcripts: opened in {opened:.0f} s; memory afterwards {memory:.0f} MB")
        for kind, time_of in rows.items():
            print(f"  {kind}: {time_of:.0f} ms")


if __name__ == "__main__":
    main()
