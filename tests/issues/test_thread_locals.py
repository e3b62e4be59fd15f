"""A module that is loaded late shares some 1.5 KB of room for thread-locals with all other libraries: nine kilobytes of sums
there made ``import peaktrade`` fail ("cannot allocate memory in static TLS block") wherever others had taken their part."""

import pathlib
import struct
import sys

import pytest

from peaktrade import _native

PT_TLS = 7
MOST_BYTES = 512


def thread_local_bytes(path: pathlib.Path) -> int:
    data = path.read_bytes()
    assert data[:5] == b"\x7fELF\x02", "a 64-bit ELF file"
    table, size, count = *struct.unpack_from("<Q", data, 32), *struct.unpack_from("<HH", data, 54)
    for place in range(count):
        header = table + place * size
        if struct.unpack_from("<I", data, header)[0] == PT_TLS:
            return struct.unpack_from("<Q", data, header + 40)[0]
    return 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ELF files are Linux's")
def test_the_modules_keep_little_in_thread_locals():
    modules = [pathlib.Path(_native.__file__)]
    modules += modules[0].parent.glob("libpeak_io*.so")
    for module in modules:
        assert thread_local_bytes(module) <= MOST_BYTES, module.name
