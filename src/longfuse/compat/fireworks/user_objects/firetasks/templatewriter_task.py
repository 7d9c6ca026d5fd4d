"""The Firetask that writes files from templates."""

from longfuse.firetasks.templatewriter import TemplateWriterTask

__all__ = ["TemplateWriterTask"]
