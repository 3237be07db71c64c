"""The one error a user's mistake raises; launch scripts print it as a single line."""


class InputError(ValueError):
    """Something the user gave is wrong: the message names the value and what would be right."""
