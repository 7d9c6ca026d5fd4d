"""From parsed options to settings and a LaunchPad."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longfuse import settings

if TYPE_CHECKING:
    import argparse

    from longfuse.launchpad.pad import LaunchPad
    from longfuse.settings import Settings


def settings_of(args: argparse.Namespace) -> Settings:
    """What the options ``-l -w -c -q`` lead to."""
    return settings.resolve(
        config_dir=args.config_dir,
        launchpad_file=args.launchpad_file,
        fworker_file=getattr(args, "fworker_file", None),
        qadapter_file=getattr(args, "queueadapter_file", None),
    )


def open_launchpad(args: argparse.Namespace, *, create: bool = False) -> LaunchPad:
    """The LaunchPad that the options lead to."""
    return settings.open_launchpad(settings_of(args), create=create)
