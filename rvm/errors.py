"""Errors whose message is meant for the user: one sentence that names the culprit and the way out.

Command line tools print them without a traceback; anything else is a bug and keeps its traceback.
"""


class UserError(ValueError):
    """Something the user gave is wrong; the message says what, and what to do about it."""


class MediaError(UserError):
    """A video, image or folder cannot be read or written; the message names the file."""


class WeightsError(UserError):
    """A weights file does not fit: the message names the file and the tensors."""


class ConfigError(UserError):
    """A config holds a wrong value; the message names the key."""


class DataError(UserError):
    """A data set does not fit: the message names the folder, file or annotation."""
