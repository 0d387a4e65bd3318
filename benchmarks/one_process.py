"""Run one command and print its exit code, seconds and peak memory in bytes, as JSON.

A program of its own, because a process's peak counts the memory of whoever started it: this one holds less than any
command that is measured. Run as ``python -I -S one_process.py COMMAND ...``; the command's output goes to standard
error.
"""

import os
import sys
import time

start = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, used = os.wait4(child, 0)
seconds = time.perf_counter() - start
peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(f'{{"code": {os.waitstatus_to_exitcode(status)}, "seconds": {seconds}, "peak": {peak}}}')
