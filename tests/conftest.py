"""For all tests: hypothesis measures no time, because the machine may be busy with other tests."""

from hypothesis import settings

settings.register_profile("longfuse", deadline=None, print_blob=True)
settings.load_profile("longfuse")
