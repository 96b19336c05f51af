#!/usr/bin/env python3
"""Runs a command on a terminal COLUMNS wide and prints what it showed, control codes as words. A redrawn line that would not
fit is a failure. With `--until PATTERN` the command is interrupted once it has shown that: what it does until then
may take as long as it likes, on any machine.

  on_terminal.py COLUMNS [--until PATTERN] COMMAND…
"""
import fcntl, os, pty, re, signal, struct, sys, termios

columns, command = int(sys.argv[1]), sys.argv[2:]
until = None
if command[0] == "--until":
    until, command = command[1].encode(), command[2:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
    os.execvp(command[0], command)
shown = b""
while True:
    try:
        more = os.read(terminal, 65536)
    except OSError:
        break
    if not more:
        break
    shown += more
    if until and re.search(until, shown):
        os.kill(child, signal.SIGINT)
        until = None
os.waitpid(child, 0)
text = shown.decode().replace("\r\n", "\n")
for drawn in re.findall(r"\r\x1b\[K([^\r\n\x1b]*)(?=\r)", text):
    if len(drawn) >= columns:
        sys.exit(f"a drawn line is {len(drawn)} columns wide: {drawn}")
for code, word in (("\r\x1b[K", "\n<redraw>"), ("\x1b[1;31m", "<red>"), ("\x1b[0m", "<plain>")):
    text = text.replace(code, word)
print(text)
