"""The names of the files in a launch directory, and the version of the protocol they speak.

Every name that two processes agree on is here and nowhere else (docs/protocol.md describes the files).
"""

PROTOCOL = 1
"""Written into every file; a reader refuses a higher one."""

FIREWORK = "FW.json"
"""The Firework, in FireWorks' own shape."""

TICKET = "FW_offline.json"
"""Who this launch is. FireWorks also kept the whole state of the launch in it."""

PING = "FW_ping.json"
"""The heartbeat of the newest attempt."""

FINAL = "FW_action.json"
"""How the launch ended; created once and never replaced."""

FILEPAD = "FW_filepad"
"""The directory with copies of files that are to be put into the FilePad when the launch comes home."""

ACTION_FILES = ("FWAction.json", "FWAction.yaml")
"""What a program that a task started may leave behind instead of a returned FWAction; the first one wins."""

COMPRESSED = ".gz"
"""FireWorks' own files may have been compressed; ours never are."""


def claim_name(attempt: int) -> str:
    """The file by which one process made this attempt its own."""
    return f"FW_attempt_{attempt}.json"


def interrupted_name(attempt: int) -> str:
    """Where the final record of an attempt goes that a signal ended, when the scheduler starts the same job again."""
    return f"FW_action_{attempt}.json"


def aside_name(launch_id: int) -> str:
    """The directory, inside a launch directory that was used again, which keeps the files of this earlier launch."""
    return f"FW_launch_{launch_id}"


def is_launch_file(name: str) -> bool:
    """Whether a file of this name belongs to the launch, or is about to: then no task may take it away."""
    ours = (FIREWORK, TICKET, PING, FINAL, FILEPAD, "FW_attempt_", "FW_action_", "FW_launch_", "FW_submit")
    return name.startswith(ours) or is_draft(name)


def is_draft(name: str) -> bool:
    """Whether this is a launch file that is being written."""
    return name.startswith(".FW")
