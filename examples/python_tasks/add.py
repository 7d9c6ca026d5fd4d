"""Makes the workflow in Python, and adds it to the LaunchPad."""

from stats import Deviate

from longfuse import Firework, LaunchPad, PyTask, Workflow

VALUES = [1, 2, 6]

mean = Firework(PyTask(func="stats.mean", inputs=["values"], outputs="mean"), spec={"values": VALUES}, name="mean")
deviation = Firework(Deviate(label="largest deviation"), spec={"values": VALUES}, parents=[mean], name="deviation")

LaunchPad.auto_load().add_wf(Workflow([mean, deviation], name="statistics"))
