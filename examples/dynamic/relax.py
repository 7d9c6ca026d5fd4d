"""A Firetask that repeats itself until it is good enough: nobody knows in advance how often."""

from longfuse import FiretaskBase, Firework, FWAction, explicit_serialize


@explicit_serialize
class Relax(FiretaskBase):
    """Halves the force. Above ``tolerance`` a further step is put between this one and the children."""

    required_params = ("tolerance",)

    def run_task(self, fw_spec):
        """Answers with a detour, or with the result."""
        force, step = fw_spec["force"] / 2, fw_spec.get("step", 1)
        print(f"step {step}: force {force}")
        if force > self["tolerance"]:
            again = Firework(Relax(tolerance=self["tolerance"]), spec={"force": force, "step": step + 1}, name="relax")
            return FWAction(detours=again)
        return FWAction(update_spec={"steps": step})


@explicit_serialize
class Report(FiretaskBase):
    """Tells the result; if there were many steps, a check is added below."""

    def run_task(self, fw_spec):
        """Answers with an addition."""
        print(f"relaxed in {fw_spec['steps']} steps")
        check = {"_fw_name": "ScriptTask", "script": "echo checked"}
        return FWAction(additions=Firework(check, name="check")) if fw_spec["steps"] > 2 else None
