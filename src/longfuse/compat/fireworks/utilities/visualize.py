"""Pictures of workflows: with matplotlib, or as a graph for graphviz."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from longfuse.domain.workflow import Workflow
from longfuse.errors import ConfigError
from longfuse.launchpad.report import state_to_color

if TYPE_CHECKING:
    from longfuse.domain.firework import Firework

__all__ = ["plot_wf", "wf_to_graph"]

Place = tuple[float, float]


def plot_wf(
    wf: Workflow,
    depth_factor: float = 1.0,
    breadth_factor: float = 2.0,
    labels_on: bool = True,
    numerical_label: bool = False,
    text_loc_factor: float = 1.0,
    save_as: str | None = None,
    style: str = "rD--",
    markersize: int = 10,
    markerfacecolor: str = "blue",
    fontsize: int = 12,
) -> Any:
    """Draw a workflow from top to bottom.

    Args:
        wf: The workflow.
        depth_factor: Distance between generations.
        breadth_factor: Distance between siblings.
        labels_on: Write names beside the Fireworks.
        numerical_label: Write their ids instead.
        text_loc_factor: Distance of these from the Fireworks.
        save_as: A file to write, too.
        style: matplotlib's format of a link.
        markersize: Of a Firework.
        markerfacecolor: The same.
        fontsize: Of the names.

    Returns:
        The figure of matplotlib.

    Raises:
        ConfigError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise _not_installed("matplotlib") from None
    figure = Figure()
    axes = figure.add_axes((0.05, 0.05, 0.9, 0.9))
    places = _places(wf, depth_factor, breadth_factor)
    marks: dict[str, Any] = {"markersize": markersize, "markerfacecolor": markerfacecolor}
    for parent, children in wf.links.items():
        axes.plot(*places[parent], style, **marks)
        for child in children:
            axes.plot(*zip(places[parent], places[child], strict=True), style, **marks)
    for fw in wf.fws if labels_on else ():
        x, y = places[fw.fw_id]
        axes.text(x + 0.1 * text_loc_factor, y, str(fw.fw_id) if numerical_label else fw.name, fontsize=fontsize)
    axes.set_axis_off()
    if save_as:
        figure.savefig(save_as)
    return figure


def wf_to_graph(wf: Workflow | Firework, dag_kwargs: dict[str, Any] | None = None, wf_show_tasks: bool = True) -> Any:
    """A graph of graphviz, with Fireworks in the colours of their states.

    Args:
        wf: A workflow, or one Firework.
        dag_kwargs: For ``graphviz.Digraph``.
        wf_show_tasks: Show each Firework's Firetasks, too; without them the graph goes from left to right.

    Returns:
        The ``graphviz.Digraph``.

    Raises:
        ConfigError: graphviz is not installed.
    """
    try:
        from graphviz import Digraph  # type: ignore[import-untyped]
    except ImportError:
        raise _not_installed("graphviz") from None
    workflow = wf if isinstance(wf, Workflow) else Workflow.from_firework(wf)
    direction = {} if wf_show_tasks else {"rankdir": "LR"}
    graph = Digraph(**{"name": workflow.name, "graph_attr": direction, **(dag_kwargs or {})})
    for fw in workflow.fws:
        colour = state_to_color[str(fw.state)]
        graph.node(str(fw.fw_id), label=fw.name, shape="box", style="filled,rounded", fillcolor=colour)
        above = str(fw.fw_id)
        for n, task in enumerate(fw.tasks if wf_show_tasks else ()):
            name = f"{fw.fw_id}-{n}"
            graph.node(name, label=task.fw_name, shape="ellipse")
            graph.edge(above, name, style="dashed", arrowhead="none")
            above = name
    for parent, children in workflow.links.items():
        for child in children:
            graph.edge(str(parent), str(child))
    return graph


def _places(wf: Workflow, depth_factor: float, breadth_factor: float) -> dict[int, Place]:
    """Where each Firework is: a generation in a row, centred."""
    generations: list[list[int]] = []
    left = {child: len(parents) for child, parents in wf.links.parent_links.items()}
    free = wf.root_fw_ids
    while free:
        generations.append(free)
        following = []
        for child in (child for fw_id in free for child in wf.links[fw_id]):
            left[child] -= 1
            if not left[child]:
                following.append(child)
        free = following
    return {
        fw_id: ((n - (len(row) - 1) / 2) * breadth_factor, -depth * depth_factor)
        for depth, row in enumerate(generations)
        for n, fw_id in enumerate(row)
    }


def _not_installed(package: str) -> ConfigError:
    return ConfigError(f"A picture of a workflow needs {package}; `pip install 'longfuse[plot]'` installs it")
