"""Runs a command, and again whenever it ends, as cron or a service would: ``again.py PID_FILE COMMAND...``.

The process id of the one that runs is in the file; once that is gone, the command is not started again.
"""

import subprocess
import sys
import time
from pathlib import Path

pid_file, command = Path(sys.argv[1]), sys.argv[2:]
while pid_file.exists():
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        draft = pid_file.with_suffix(".new")
        draft.write_text(str(process.pid))
        if not pid_file.exists():
            process.kill()
            break
        draft.replace(pid_file)
    time.sleep(0.2)
