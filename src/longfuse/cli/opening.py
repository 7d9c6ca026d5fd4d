"""From parsed options to settings and a LaunchPad. The settings are loaded when they are asked for: help needs none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from longfuse.launchpad.pad import LaunchPad
    from longfuse.settings import Settings


def settings_of(args: argparse.Namespace) -> Settings:
    """What the options ``-l -w -c -q`` lead to."""
    from longfuse.settings import resolve

    return resolve(
        config_dir=args.config_dir,
        launchpad_file=args.launchpad_file,
        fworker_file=getattr(args, "fworker_file", None),
        qadapter_file=getattr(args, "queueadapter_file", None),
    )


def launchpad_of(settings: Settings, *, create: bool = False) -> LaunchPad:
    """The LaunchPad of the settings."""
    from longfuse.settings import open_launchpad

    return open_launchpad(settings, create=create)


def open_launchpad(args: argparse.Namespace, *, create: bool = False) -> LaunchPad:
    """The LaunchPad that the options lead to."""
    return launchpad_of(settings_of(args), create=create)
