"""The exceptions that Python has no name for; the rest are built in (see the documentation of each function)."""


class DataError(ValueError):
    """Input data are damaged or break a rule of the data: the message says where and what to do."""


class NotFoundError(KeyError):
    """A strategy, indicator, metric, column or parameter of that name does not exist; the message names the nearest."""

    def __str__(self) -> str:  # KeyError would show the message in quotes, with its line breaks escaped
        return str(self.args[0]) if self.args else ""
