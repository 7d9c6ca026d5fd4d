"""Job packing."""

from longfuse.launchers.packing import launch_multiprocess, split_node_lists

__all__ = ["launch_multiprocess", "split_node_lists"]
