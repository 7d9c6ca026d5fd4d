"""TemplateWriterTask: write a file from a template and values."""

from __future__ import annotations

import os

from longfuse.domain.firetask import FiretaskBase
from longfuse.errors import TaskError
from longfuse.firetasks.fileio import absolute

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

OWN_TEMPLATES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
"""``simple_template.txt`` and ``advanced_template.txt``, which FireWorks' tutorial uses."""


class TemplateWriterTask(FiretaskBase):
    """Write a file from a Jinja2 template.

    Parameters:
        template_file: The template: a path in the template directory, or an absolute path.
        context: The values, by their names in the template.
        output_file: The file to write.
        append: Whether to add to the file instead of replacing it.
        template_dir: The template directory; else ``TEMPLATE_DIR`` of FW_config.yaml, else the one of Longfuse.
        use_global_spec, _use_global_spec: Take all of these from the Firework's spec instead of the task.
    """

    _fw_name = "TemplateWriterTask"
    required_params: Sequence[str] = ()
    other_params: Sequence[str] = (
        "template_file",
        "context",
        "output_file",
        "append",
        "template_dir",
        "use_global_spec",
        "_use_global_spec",
    )

    def run_task(self, fw_spec: dict[str, Any]) -> None:
        """Write it.

        Raises:
            TaskError: A parameter is missing, or the template is, or is wrong, or the file cannot be written.
        """
        in_spec = self.get("use_global_spec") or self.get("_use_global_spec")
        parameters: Mapping[str, Any] = fw_spec if in_spec else self
        for name in ("template_file", "output_file"):
            if not isinstance(parameters.get(name), str):
                raise TaskError(f"TemplateWriterTask: {'the spec' if in_spec else 'the task'} has no {name}")
        context = parameters.get("context") or {}
        if not isinstance(context, dict):
            raise TaskError(f"TemplateWriterTask: context holds names and values; not {context!r}")
        # The rocket fills FW_config.yaml's TEMPLATE_DIR into the task, also where all else is in the spec.
        folder = parameters.get("template_dir") or self.get("template_dir") or OWN_TEMPLATES
        text = rendered(absolute(folder), parameters["template_file"], context)
        _write(absolute(parameters["output_file"]), text, append=bool(parameters.get("append")))


def rendered(folder: str, template_file: str, context: Mapping[str, Any]) -> str:
    """What the template says with these values; they are put in as they are, without any HTML in mind.

    Raises:
        TaskError: There is no such template, or it is wrong.
    """
    import jinja2  # late: it is expensive

    if os.path.isabs(os.path.expanduser(template_file)):
        folder, template_file = os.path.split(os.path.expanduser(template_file))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=False,  # noqa: S701 - these are input files of programs, no web pages
        keep_trailing_newline=True,
    )
    try:
        return environment.get_template(template_file).render(dict(context))
    except jinja2.TemplateNotFound as error:
        raise TaskError(f"TemplateWriterTask: template_file: there is no {error.name} in {folder}") from error
    except jinja2.TemplateSyntaxError as error:
        where = f"{error.name or template_file}, line {error.lineno}"
        raise TaskError(f"TemplateWriterTask: template_file: {where}: {error.message}") from error
    except jinja2.TemplateError as error:
        raise TaskError(f"TemplateWriterTask: template_file: {template_file}: {error}") from error


def _write(path: str, text: str, *, append: bool) -> None:
    try:
        with open(path, "a" if append else "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise TaskError(f"TemplateWriterTask: output_file: {path} cannot be written: {error.strerror}") from error
