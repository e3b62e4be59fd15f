"""The settings of Peak Trade: config/performance.toml, the environment, and what holds.

    from peaktrade import config

    settings = config.load()
    settings["cache.l1_size"]            # 1000
    settings.origin("cache.l1_size")     # 'config/performance.toml:10'

The later goes before the earlier: defaults, file, environment, arguments. The file is the one that PEAKTRADE_CONFIG
names, else config/performance.toml in the present folder or the nearest folder above it that has one. An unknown key or
a wrong type is an error with file, line and the nearest known key.
"""

from __future__ import annotations

from ._native import Configuration
from ._native import configuration_schema as schema
from ._native import default_configuration_file as default_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

__all__ = ["Configuration", "default_file", "load", "schema"]


def load(folder: str | os.PathLike[str] = "") -> Configuration:
    """Defaults, file and environment; the search for the file begins in `folder`, else in the present folder.

    `folder` may be the file itself. FileNotFoundError if it is not there.
    """
    from .core._arguments import path_text

    return Configuration.load("" if folder == "" else path_text(folder, "folder"))
