"""A function for PyTask, and a Firetask of our own."""

from longfuse import FiretaskBase, FWAction, explicit_serialize


def mean(values):
    """What PyTask calls."""
    return sum(values) / len(values)


@explicit_serialize
class Deviate(FiretaskBase):
    """Says how far the values are from their mean, at most."""

    required_params = ("label",)

    def run_task(self, fw_spec):
        """Reads the spec, in which the first Firework's outcome is by now."""
        largest = max(abs(value - fw_spec["mean"]) for value in fw_spec["values"])
        print(f"{self['label']}: {largest}")
        return FWAction(stored_data={"largest": largest}, update_spec={"largest": largest})
