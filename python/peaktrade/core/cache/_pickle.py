"""Pickles that carry proof of who wrote them: only for caches that were opened with allow_pickle=<secret key>."""

_PURPOSE = b"peaktrade pickle 1\0"


class SealedPickle:
    """Seals what it pickles with HMAC-SHA256 and opens nothing that another key, or nobody, sealed."""

    __slots__ = ("_key",)

    def __init__(self, key):
        if isinstance(key, str):
            key = key.encode()
        if not isinstance(key, (bytes, bytearray)):
            raise TypeError(f"allow_pickle must be a secret key (bytes or text), not {type(key).__name__}")
        if len(key) < 16:
            raise ValueError("allow_pickle must be a secret of 16 bytes or more, such as secrets.token_bytes(32)")
        self._key = bytes(key)

    def _proof(self, data):
        import hashlib
        import hmac

        return hmac.new(self._key, _PURPOSE + data, hashlib.sha256).digest()

    def seal(self, value):
        import pickle

        try:
            data = pickle.dumps(value, protocol=5)
        except Exception as error:
            raise TypeError(f"cannot cache a '{type(value).__qualname__}': {error}") from error
        return {"proof": self._proof(data), "data": data}

    def open(self, proof, data):
        import hmac
        import pickle

        if not hmac.compare_digest(proof, self._proof(data)):
            raise ValueError("a pickled value that was sealed with another key")
        return pickle.loads(data)
