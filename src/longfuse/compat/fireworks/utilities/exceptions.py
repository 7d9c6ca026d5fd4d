"""FireWorks' errors: the nearest of ours, which also stand for more than FireWorks' do."""

from longfuse.errors import ConfigError as FWConfigurationError
from longfuse.errors import FormatError as FWFormatError
from longfuse.errors import InputError as FWValueError
from longfuse.errors import LongfuseError as FWError
from longfuse.errors import SerializationError as FWSerializationError

__all__ = ["FWConfigurationError", "FWError", "FWFormatError", "FWSerializationError", "FWValueError"]
