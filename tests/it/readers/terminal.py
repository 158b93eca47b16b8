"""Runs a program in a terminal of 80 columns, presses keys, and tells what was to be seen (read by the terminal pyte).

Standard input: {program, arguments, folder, keys: [[second, key], …]} as JSON. Standard output: {code, screen, echo}.
"""
import json
import os
import pty
import select
import struct
import fcntl
import sys
import termios
import time

import pyte

task = json.load(sys.stdin)
child, terminal = pty.fork()
if child == 0:
    os.chdir(task["folder"])
    os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8", HOME=task["folder"])
    os.execv(task["program"], [task["program"], *task["arguments"]])
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
screen = pyte.HistoryScreen(80, 24, history=1000)
stream = pyte.ByteStream(screen)
begin, keys, seen = time.monotonic(), list(task["keys"]), []


def rows():
    return "\n".join(row.rstrip() for row in screen.display).rstrip()


while True:
    if select.select([terminal], [], [], 0.05)[0]:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        stream.feed(data)
    now = time.monotonic() - begin
    if keys and now >= keys[0][0]:
        os.write(terminal, keys.pop(0)[1].encode())
    # What is to be seen a moment after each key, and now and then.
    if not seen or now - seen[-1][0] > 0.3:
        seen.append((now, rows()))
echo = bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
distinct = list(dict.fromkeys(text for _, text in seen)) + [rows()]
print(json.dumps({"code": code, "screen": "\n=====\n".join(distinct), "last": rows(), "echo": echo}))
