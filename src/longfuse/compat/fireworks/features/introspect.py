"""What Fireworks that fail have in common."""

from longfuse.launchpad.introspect import Introspector, collect_stats, compare_stats, flatten_to_keys, separator_str

__all__ = ["Introspector", "collect_stats", "compare_stats", "flatten_to_keys", "separator_str"]
