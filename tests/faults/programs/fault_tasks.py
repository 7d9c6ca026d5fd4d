"""What the Fireworks of these tests do: tell in a ledger that they ran, and leave behind what must count once."""

import os

from longfuse import Firework, FWAction, PyTask


def work(number: int, ledger: str, detour: bool = False) -> FWAction:
    """Tell the ledger in one write; count oneself in the children."""
    descriptor = os.open(ledger, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.write(descriptor, f"{number} {os.getcwd()}\n".encode())
    os.close(descriptor)
    mods = [{"_inc": {"count": 1}}, {"_push": {"of": number}}]
    detours = [Firework(PyTask(func="fault_tasks.work", args=[100 + number, ledger]), name="detour")] if detour else []
    return FWAction(stored_data={"number": number}, mod_spec=mods, detours=detours)
