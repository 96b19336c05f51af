#!/usr/bin/env python3
"""Runs a command, interrupts it once a file is there, and passes where that ended it with an error of its own.

  interrupted.py FILE COMMAND…
"""
import os, signal, subprocess, sys, time

process = subprocess.Popen(sys.argv[2:])
while not os.path.exists(sys.argv[1]) and process.poll() is None:
    time.sleep(0.01)
process.send_signal(signal.SIGINT)
sys.exit(0 if process.wait() > 0 else "the interrupt did not end it with an error")
