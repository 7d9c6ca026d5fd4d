"""Firetasks that keep files in the FilePad, and fetch them."""

from longfuse.firetasks.filepad import AddFilesTask, DeleteFilesTask, GetFilesByQueryTask, GetFilesTask, get_fpad

__all__ = ["AddFilesTask", "DeleteFilesTask", "GetFilesByQueryTask", "GetFilesTask", "get_fpad"]
