"""Ed25519 signatures: whoever holds the public key can tell whether something is as we made it. No I/O.

`cryptography` is loaded where it is used, so that nothing else waits for it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class PublicKey:
    """Checks signatures."""

    key: Ed25519PublicKey

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Raises ValueError."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        key = _loaded(lambda: load_pem_public_key(pem))
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("it is of another kind")
        return cls(key)

    def to_pem(self) -> bytes:
        return self._encoded("PEM")

    @property
    def id(self) -> str:
        """The first 16 hexadecimal digits of the SHA-256 of its DER form."""
        return hashlib.sha256(self._encoded("DER")).hexdigest()[:16]

    def fault(self, data: bytes, signature: Any) -> str | None:
        """Why `signature` does not vouch for `data`, for people; None if it does."""
        from cryptography.exceptions import InvalidSignature

        if signature is None:
            return "is not signed"
        try:
            signer, value = signature["key"], base64.b64decode(signature["value"])
            known = KEY_ID.fullmatch(signer) and signature == _stated(signer, value)
        except (KeyError, TypeError, ValueError):
            known = False
        if not known:
            return "was altered: its signature is none of ours"
        if signer != self.id:
            return f"is signed by another key: {signer}, not {self.id}"
        try:
            self.key.verify(value, data)
        except InvalidSignature:
            return "was altered: its signature does not fit"
        return None

    def _encoded(self, encoding: Literal["PEM", "DER"]) -> bytes:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        return self.key.public_bytes(getattr(Encoding, encoding), PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True)
class SigningKey:
    """Makes signatures."""

    key: Ed25519PrivateKey

    @classmethod
    def new(cls) -> Self:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """Raises ValueError."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = _loaded(lambda: load_pem_private_key(pem, None))
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("it is of another kind")
        return cls(key)

    def to_pem(self) -> bytes:
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def public(self) -> PublicKey:
        return PublicKey(self.key.public_key())

    def sign(self, data: bytes) -> dict[str, str]:
        """The signature in its JSON form, with the id of the public key that checks it."""
        return _stated(self.public.id, self.key.sign(data))


def _stated(key_id: str, value: bytes) -> dict[str, str]:
    return {"algorithm": "ed25519", "key": key_id, "value": base64.b64encode(value).decode()}


def _loaded(load: Callable[[], object]) -> object:
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        return load()
    except (TypeError, UnsupportedAlgorithm) as error:  # TypeError: it is encrypted
        raise ValueError(str(error)) from error
