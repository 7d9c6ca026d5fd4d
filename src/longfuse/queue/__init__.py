"""Queue adapters without IO of their own: render a script, build a command, parse an answer."""
