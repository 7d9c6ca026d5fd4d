"""Firetasks that write, delete, transfer, compress and archive files."""

from longfuse.firetasks.compression import ArchiveDirTask, CompressDirTask, DecompressDirTask
from longfuse.firetasks.fileio import FileDeleteTask, FileWriteTask
from longfuse.firetasks.filetransfer import FileTransferTask

__all__ = [
    "ArchiveDirTask",
    "CompressDirTask",
    "DecompressDirTask",
    "FileDeleteTask",
    "FileTransferTask",
    "FileWriteTask",
]
