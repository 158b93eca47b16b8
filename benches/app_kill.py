#!/usr/bin/env python3
"""Kills the server of `transcribe app` at random moments, and looks whether anything is lost or there twice.

    python3 benches/app_kill.py [--transcribe PROGRAM] [--kills 50] [--seed N]

A client does what people do: it sends recordings, the same again when it hears no answer, pauses and resumes jobs, and corrects
transcripts. Whenever the server says that something is done, it must be there in the end: each recording once, with a whole transcript,
and the latest correction of each transcript that was answered. Needs no model: a script answers.
"""

import argparse
import http.client
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORDING = ROOT / "examples" / "recordings" / "jfk.flac"
SCRIPT = [{"start": 500, "end": 2000, "text": "one", "delay": 150}, {"start": 5500, "end": 7000, "text": "two", "delay": 150}]


class Server:
    def __init__(self, program, folder):
        self.command = [program, "app", "--no-open", "--data-dir", str(folder / "data"), "--scripted", str(folder / "script.json"), "--jobs", "2"]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, text=True)
        url = self.process.stdout.readline().strip()
        self.host, base = url.removeprefix("http://").split("/", 1)
        self.base = f"/{base}"

    def kill(self):
        self.process.kill()
        self.process.wait()

    def ask(self, method, path, body=None, headers={}):
        connection = http.client.HTTPConnection(self.host, timeout=60)
        connection.request(method, self.base + path, body, headers)
        answer = connection.getresponse()
        # The server was started again meanwhile, with another token.
        if answer.status == 403:
            raise ConnectionError("the token is of the server before")
        return answer.status, answer.read()


def form(name, content):
    head = (f'--edge\r\nContent-Disposition: form-data; name="settings"\r\n\r\n{{"options": {{"language": "en"}}}}\r\n'
            f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n').encode()
    return head + content + b"\r\n--edge--\r\n", {"Content-Type": "multipart/form-data; boundary=edge"}


class Client(threading.Thread):
    """Works until it is told to stop. What was answered is in `sent` and `said`."""

    def __init__(self, server, seed):
        super().__init__()
        self.server, self.dice, self.done = server, random.Random(seed), False
        self.sent, self.said, self.waiting, self.window, self.tried = {}, {}, None, {}, {}

    def run(self):
        while not self.done:
            try:
                self.dice.choice([self.send, self.correct, self.correct, self.job])()
            except (OSError, http.client.HTTPException):
                # The server is gone; whatever was not answered is tried again later, as the page does.
                time.sleep(0.02)

    def send(self):
        if len(self.sent) >= 12 and self.waiting is None:
            return self.correct()
        # Of several sizes, so that kills meet some of them on their way.
        n = self.waiting if self.waiting is not None else len(self.sent)
        self.waiting = n
        content = RECORDING.read_bytes() + bytes([n]) * (1 + (n % 4) * 3_000_000)
        status, body = self.server.ask("POST", "recordings", *form(f"talk {n}.flac", content))
        assert status == 200, (status, body)
        self.sent[n] = json.loads(body)["job"]
        self.waiting = None

    def correct(self):
        folders = sorted(Path(self.server.command[4]).glob("recordings/*/*.json"))
        if not folders:
            return time.sleep(0.05)
        path = self.dice.choice(folders)
        key = int(path.parent.name.split(" ")[0])
        try:
            told = json.loads(path.read_text())
        except (OSError, ValueError):
            return
        if not told["transcribe"]["complete"]:
            return
        # All changes of a window so far: this client has one for each transcript.
        window = self.window.setdefault(key, f"{key:x}{self.dice.randrange(1 << 40):x}")
        text = self.tried.get(key) or f"number {self.dice.randrange(1 << 40)}"
        self.tried[key] = text
        edits = {"transcribe_edits": 1, "recording": told["transcribe"]["recording"], "names": {},
                 "edits": [{"start": 0.5, "end": 2.0, "before": "one", "segments": [{"start": 0.5, "end": 2.0, "text": text}]}]}
        status, body = self.server.ask("POST", f"recordings/{key}/edits?session={window}", json.dumps(edits))
        assert status == 200, (status, body)
        if json.loads(body)["conflicts"] == 0:
            self.said[key] = text
        self.tried[key] = None

    def job(self):
        if self.sent:
            job = self.dice.choice(list(self.sent.values()))
            self.server.ask("POST", f"jobs/{job}/{self.dice.choice(['pause', 'resume', 'first', 'last'])}")
        time.sleep(self.dice.random() * 0.05)


def finish(server, client, limit=120):
    """Lets all jobs go on, and waits until they have ended."""
    end = time.monotonic() + limit
    while time.monotonic() < end:
        for job in client.sent.values():
            server.ask("POST", f"jobs/{job}/resume")
        _, page = server.ask("GET", "list")
        if not any(f'data-state="{state}"'.encode() in page for state in ["running", "waiting", "paused", "arriving", "cancelled", "failed"]):
            return page.decode()
        time.sleep(0.2)
    sys.exit(f"FAILED: jobs have not ended: {page.decode()}")


def wrong(folder, client, page):
    """What is lost or there twice."""
    for n, job in client.sent.items():
        count = page.count(f'data-name="talk {n}.flac"')
        if count != 1:
            yield f"talk {n} is there {count} times"
    transcripts = {int(path.parent.name.split(" ")[0]): path for path in folder.glob("data/recordings/*/*.json")}
    if len(transcripts) != len(client.sent):
        yield f"{len(client.sent)} recordings were taken in, and there are {len(transcripts)} transcripts"
    for key, path in transcripts.items():
        told = json.loads(path.read_text())
        texts = [segment["text"].strip() for segment in told["segments"]]
        if not told["transcribe"]["complete"] or len(texts) != 2:
            yield f"{path.name}: {texts}"
        if key in client.said and texts[0] not in (client.said[key], client.tried.get(key)):
            yield f"{path.name}: `{client.said[key]}` was saved, and `{texts[0]}` is there"
    for path in folder.glob("data/incoming/*"):
        yield f"{path} is left"
    for path in folder.glob("data/recordings/*/.*"):
        yield f"{path} is left"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--transcribe", default=str(ROOT / "target" / "release" / "transcribe"))
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--longest", type=float, default=1.5, help="seconds between two kills, at most")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    chosen = parser.parse_args()
    dice = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory(dir=".") as name:
        folder = Path(name).resolve()
        (folder / "script.json").write_text(json.dumps(SCRIPT))
        server = Server(chosen.transcribe, folder)
        client = Client(server, chosen.seed)
        client.start()
        # With something to correct from the first kill on.
        while client.is_alive() and len(client.said) < 2:
            time.sleep(0.1)
        for _ in range(chosen.kills):
            time.sleep(dice.random() * chosen.longest)
            server.kill()
            server.start()
        time.sleep(1)
        client.done = True
        client.join()
        page = finish(server, client)
        found = list(wrong(folder, client, page))
        server.process.terminate()
        server.process.wait()
    for one in found:
        print(f"FAILED: {one}", file=sys.stderr)
    print(f"seed {chosen.seed}: {chosen.kills} kills, {len(client.sent)} recordings, {len(client.said)} of them corrected; {len(found)} faults")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
