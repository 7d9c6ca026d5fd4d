"""Switches FireWorks' names on: after ``import longfuse.compat.alias``, ``import fireworks...`` gives our modules.

It happens on import, against our custom, so that one line is enough. See `longfuse.aliases`.

Raises:
    ConfigError: FireWorks itself has been imported before.
"""

from __future__ import annotations

from longfuse import aliases
from longfuse.errors import ConfigError

if not aliases.install():
    raise ConfigError(
        f"FireWorks itself has been imported already ({getattr(aliases.foreign(), '__file__', '')}), and one program "
        "cannot have both under one name: put `import longfuse.compat.alias` before the first `import fireworks`"
    )
