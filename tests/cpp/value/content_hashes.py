"""Prints the content hashes that codec_test.cpp expects, from docs/file_formats.md alone. Needs `pip install xxhash`.

A content hash is XXH3-128 over: the format version (1) and the size of the structure, eight bytes each, little-endian;
the structure; then for each buffer its size and the high and low half of its own XXH3-128, eight bytes each.
"""

import struct

import xxhash


def content_hash(structure: bytes, buffers: tuple[bytes, ...] = ()) -> str:
    text = struct.pack("<QQ", 1, len(structure)) + structure
    for buffer in buffers:
        digest = xxhash.xxh3_128_intdigest(buffer)
        text += struct.pack("<QQQ", len(buffer), digest >> 64, digest & (1 << 64) - 1)
    return xxhash.xxh3_128_hexdigest(text)


print("none   ", content_hash(b"\x00"))
print("text   ", content_hash(b"\x06\x07BTC/USD"))
print("integer", content_hash(b"\x03" + struct.pack("<q", 42)))
# kind 0x20, type text, row-major, one axis of 3, buffer 0
print("array  ", content_hash(b"\x20\x03<f8\x00\x01\x03\x00", (struct.pack("<3d", 1.0, 2.5, -0.0),)))
