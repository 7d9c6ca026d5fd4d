"""Every error of Longfuse, as one tree.

::

    LongfuseError
    ├── ConfigError                 a settings file or flag is missing or wrong
    ├── InputError (ValueError)     what the user gave cannot be used
    │   ├── NotFoundError           no Firework, Workflow or Launch has that id
    │   ├── StateError              the Firework's state does not allow that
    │   ├── WorkflowError           links, ids or a dynamic change that make no workflow
    │   ├── ActionError             an FWAction that cannot be applied
    │   └── QueryError              a filter that cannot be read
    ├── SerializationError          an object that cannot be written or read
    │   └── FormatError             a file format other than json or yaml
    ├── StoreError                  the LaunchPad's database
    │   ├── StoreUnavailableError   it cannot be reached now; nothing was changed
    │   │   └── OfflineReadError (AttributeError)  a task asked for what only the database knows
    │   ├── StoreBusyError          somebody else holds it longer than we wait; nothing was changed
    │   └── SchemaError             it was written by another version of Longfuse, or is no LaunchPad
    ├── LaunchDirError              the files of a launch directory
    │   ├── UnreadableError         a file that cannot be read (yet): unknown, not failed
    │   ├── ForeignFileError        a file that belongs to another launch, LaunchPad or user
    │   ├── AttemptAliveError       another attempt of the same launch is running
    │   └── AlreadyEndedError       a final record stands
    ├── TaskError (RuntimeError)    a Firetask could not be made or run
    └── QueueError                  the batch system
        ├── SubmitError             it refused this job, in its own words
        ├── SubmitUnclearError      the job may be in the queue or not, and it cannot be asked now
        └── SchedulerError          it does not answer; nothing is known

Each message says what happened, to what, and what to do next. The commands print it as one line and exit with
``exit_code``.
"""


class LongfuseError(Exception):
    """Anything that Longfuse says went wrong."""

    exit_code = 1


class ConfigError(LongfuseError):
    """A settings file or flag is missing or wrong."""


class InputError(LongfuseError, ValueError):
    """What the user gave cannot be used."""


class NotFoundError(InputError):
    """No Firework, Workflow or Launch has that id."""


class StateError(InputError):
    """The state of the Firework does not allow what was asked."""


class WorkflowError(InputError):
    """Links, ids or a dynamic change that make no workflow."""


class ActionError(InputError):
    """An FWAction that cannot be applied to its workflow."""


class QueryError(InputError):
    """A filter that cannot be read; the message names the operator or the place."""


class SerializationError(LongfuseError):
    """An object that cannot be written, or a document that cannot be read."""


class FormatError(SerializationError):
    """A file format other than json or yaml."""


class StoreError(LongfuseError):
    """The LaunchPad's database."""


class StoreUnavailableError(StoreError):
    """The database cannot be reached now; nothing was changed, the same call may go through later."""


class OfflineReadError(StoreUnavailableError, AttributeError):
    """A task that runs offline asked its ``launchpad`` for what only the database knows."""


class StoreBusyError(StoreError):
    """Somebody else holds the database longer than we wait; nothing was changed."""


class SchemaError(StoreError):
    """The database was written by another version of Longfuse, or is no LaunchPad."""


class LaunchDirError(LongfuseError):
    """The files of a launch directory."""


class UnreadableError(LaunchDirError):
    """A file that cannot be read, or not yet: its launch is unknown, not failed."""


class ForeignFileError(LaunchDirError):
    """A file that belongs to another launch, another LaunchPad or another user."""


class AttemptAliveError(LaunchDirError):
    """Another attempt of the same launch is still running."""

    exit_code = 3


class AlreadyEndedError(LaunchDirError):
    """A final record stands; there is nothing left to run."""

    exit_code = 0


class TaskError(LongfuseError, RuntimeError):
    """A Firetask could not be made or run."""


class QueueError(LongfuseError):
    """The batch system."""


class SubmitError(QueueError):
    """The batch system refused this job; the message holds its own words."""


class SubmitUnclearError(QueueError):
    """The job may be in the queue or not, and the batch system cannot be asked now: the reservation stands."""


class SchedulerError(QueueError):
    """The batch system does not answer: nothing is known, so nothing is changed."""
