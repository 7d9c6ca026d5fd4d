"""From parsed options to settings and a LaunchPad. The settings are loaded when they are asked for: help needs none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from longfuse.cli.output import FLOW_YAML, YAML
from longfuse.cli.toplevel import also_log_to, start_log

if TYPE_CHECKING:
    import argparse

    from longfuse.config import Config
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
    _speak_as_configured(args, settings.config)
    return settings


def _speak_as_configured(args: argparse.Namespace, config: Config) -> None:
    """What the configuration says of log lines and of YAML; a flag comes before it."""
    start_log(
        args.loglvl or config.STREAM_LOGLEVEL,
        silent=args.silencer,
        line_format=config.FW_LOGGING_FORMAT,
        rockets=config.ROCKET_STREAM_LOGLEVEL if args.loglvl is None else None,
    )
    if getattr(args, "logdir", None):
        also_log_to(args.logdir, config.FW_LOGGING_FORMAT)
    if config.YAML_STYLE and getattr(args, "output", None) == YAML:
        args.output = FLOW_YAML


def launchpad_of(settings: Settings, *, create: bool = False) -> LaunchPad:
    """The LaunchPad of the settings."""
    from longfuse.settings import open_launchpad

    return open_launchpad(settings, create=create)


def open_launchpad(args: argparse.Namespace, *, create: bool = False) -> LaunchPad:
    """The LaunchPad that the options lead to."""
    return launchpad_of(settings_of(args), create=create)
