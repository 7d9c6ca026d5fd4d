"""FireWorks' module paths over Longfuse, for Python that was written for FireWorks."""
