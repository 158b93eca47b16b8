"""Runs a program in a terminal of 80 columns, presses keys, and tells what was to be seen (read by the terminal pyte).

Standard input: {program, arguments, folder, environment, keys: [[pattern, key], …]} as JSON; each key is pressed as soon as the screen has
its pattern; the environment may be left out. Standard output: {code, screen, last, echo, raw}; `screen` is all that was to be seen, one screen after the other; `raw` is all that
the program wrote.
"""
import json
import os
import pty
import re
import select
import signal
import struct
import fcntl
import sys
import termios

import pyte

# Seconds without anything new on the screen.
LIMIT = 60

task = json.load(sys.stdin)
child, terminal = pty.fork()
if child == 0:
    os.chdir(task["folder"])
    os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8", HOME=task["folder"])
    os.environ.update(task.get("environment", {}))
    os.execv(task["program"], [task["program"], *task["arguments"]])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
screen = pyte.HistoryScreen(80, 24, history=1000)
stream = pyte.ByteStream(screen)
keys, seen, raw = list(task["keys"]), {}, b""

while True:
    rows = "\n".join(row.rstrip() for row in screen.display).rstrip()
    seen[rows] = None
    while keys and re.search(keys[0][0], rows):
        os.write(terminal, keys.pop(0)[1].encode())
    if not select.select([terminal], [], [], LIMIT)[0]:
        os.kill(child, signal.SIGKILL)
        sys.exit(f"nothing new for {LIMIT} s, keys left: {keys}; the screen has: {rows}")
    try:
        data = os.read(terminal, 65536)
    except OSError:
        break
    if not data:
        break
    stream.feed(data)
    raw += data
echo = bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
if keys:
    sys.exit(f"ended with {code} before the keys {keys}; the screen has: {rows}")
print(json.dumps({"code": code, "screen": "\n=====\n".join(seen), "last": rows, "echo": echo, "raw": raw.decode()}))
