"""From parsed options to settings and a LaunchPad. The settings are loaded when they are asked for: help needs none."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from longfuse.cli.output import FLOW_YAML, YAML
from longfuse.cli.toplevel import also_log_to, start_log

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from longfuse.config import Config
    from longfuse.launchpad.location import Location
    from longfuse.launchpad.pad import LaunchPad
    from longfuse.settings import Settings


def settings_of(args: argparse.Namespace) -> Settings:
    """What the options ``-l -w -c -q`` lead to."""
    from longfuse.settings import resolve

    settings = resolve(
        config_dir=args.config_dir,
        launchpad_file=args.launchpad_file,
        fworker_file=getattr(args, "fworker_file", None),
        qadapter_file=getattr(args, "queueadapter_file", None),
    )
    _speak_as_configured(args, settings.config, _place(settings))
    return settings


def _place(settings: Settings) -> Location | None:
    """What the LaunchPad file says. An error in it is told by who opens the LaunchPad: not all commands do."""
    from longfuse.errors import ConfigError
    from longfuse.launchpad.location import read_location

    try:
        return read_location(settings.launchpad_file) if settings.launchpad_file is not None else None
    except ConfigError:
        return None


def _speak_as_configured(args: argparse.Namespace, config: Config, place: Location | None) -> None:
    """What the LaunchPad file and the configuration say of log lines and of YAML; a flag comes before them."""
    from longfuse.launchpad.location import LEVEL

    stated = place.strm_lvl if place is not None and place.strm_lvl != LEVEL else None
    start_log(
        args.loglvl or stated or config.STREAM_LOGLEVEL,
        silent=args.silencer,
        line_format=config.FW_LOGGING_FORMAT,
        rockets=config.ROCKET_STREAM_LOGLEVEL if args.loglvl is None else None,
    )
    folder = getattr(args, "logdir", None) or (place.logs if place is not None else None)
    if folder:
        also_log_to(folder, config.FW_LOGGING_FORMAT)
    if config.YAML_STYLE and getattr(args, "output", None) == YAML:
        args.output = FLOW_YAML


def launchpad_of(settings: Settings, *, create: bool = False) -> LaunchPad:
    """The LaunchPad of the settings; where it takes long (one of an older version, a slow server) that is said."""
    from longfuse.settings import open_launchpad

    with opening():
        return open_launchpad(settings, create=create)


@contextmanager
def opening() -> Iterator[None]:
    """Say that a LaunchPad is being opened where that takes long, and how far it is brought up to date."""
    from longfuse.cli.progress import announced
    from longfuse.store.upgrading import told_to

    with announced("opening the LaunchPad") as say, told_to(say):
        yield


def open_launchpad(args: argparse.Namespace, *, create: bool = False) -> LaunchPad:
    """The LaunchPad that the options lead to."""
    return launchpad_of(settings_of(args), create=create)
