"""Where the LaunchPad keeps its records, behind one seam (`longfuse.store.seam`)."""
