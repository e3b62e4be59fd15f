"""FastSerializer: the cache's value types as bytes and back."""

from .. import _native


class FastSerializer:
    """Values as bytes, and back: the types and the form of the cache (docs/file_formats.md), without pickle.

    Arrays and frames come back as read-only views of the bytes. Equal values give equal bytes on every machine.
    """

    __slots__ = ()

    def serialize(self, value) -> bytes:
        """The value as bytes; TypeError with the type and its place in the value if it is not one of the cache's."""
        return _native.pack_value(value)

    def deserialize(self, data):
        """The value of bytes that serialize() gave; ValueError for any others. Nothing in the bytes is executed."""
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data must be the bytes that serialize() gave, not {type(data).__name__}")
        return _native.unpack_value(bytes(data))
