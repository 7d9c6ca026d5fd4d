"""Launch directories that are removed with their workflow, and those that stay because of what else is in them."""

from __future__ import annotations

import os
from shutil import rmtree
from typing import TYPE_CHECKING

from longfuse.launchdir.names import TICKET

if TYPE_CHECKING:
    from collections.abc import Iterable


def remove_launch_dirs(folders: Iterable[str], precious: Iterable[str]) -> dict[str, str]:
    """Remove launch directories with all that is in them, the deepest ones first.

    ``rlaunch singleshot`` runs a Firework in the folder that one is in: that can be the one where the LaunchPad's
    own file lies, or the home folder. FireWorks removes it.

    Args:
        folders: Absolute paths of launch directories; those that are gone already are passed over.
        precious: Absolute paths that are never removed, nor a folder that they are below.

    Returns:
        The folders that stay, each with why.
    """
    guarded = [os.path.realpath(path) for path in precious]
    staying = {}
    for folder in sorted(folders, key=len, reverse=True):
        reason = _why_not(folder, guarded)
        if reason:
            staying[folder] = reason
        else:
            rmtree(folder, ignore_errors=True)
    return staying


def _why_not(folder: str, guarded: list[str]) -> str:
    real = os.path.realpath(folder)
    for path in guarded:
        if os.path.commonpath([real, path]) == real:
            return f"{path} is in it" if path != real else "it is in use"
    for below, _, files in os.walk(real):
        if TICKET in files and below != real:
            return f"another launch is in {below}"
    return ""
