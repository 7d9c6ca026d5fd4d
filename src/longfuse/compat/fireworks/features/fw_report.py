"""How much was done when."""

from longfuse.launchpad.report import DATE_KEYS, FWReport, state_to_color

__all__ = ["DATE_KEYS", "FWReport", "state_to_color"]
