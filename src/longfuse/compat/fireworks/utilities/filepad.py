"""Files in the LaunchPad's database."""

from longfuse.launchpad.filepad import FilePad

__all__ = ["FilePad"]
