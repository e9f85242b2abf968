"""The keys of a home: made once, whole or not at all, and readable by their owner alone."""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reportkit.errors import BadSettings
from reportkit.settings import Settings
from reportkit.signing import SigningKey

MAKE_ONE = "openssl genpkey -algorithm ed25519 -out signing.pem"


def pseudonym_key(settings: Settings) -> bytes:
    """32 bytes from the secret that is set, else from one made once for this home. Raises BadSettings."""
    if settings.secret_key and len(settings.secret_key) < 32:
        raise BadSettings("REPORTKIT_SECRET_KEY is too short to protect anything; give at least 32 characters")
    secret = settings.secret_key.encode() or _kept_secret(Path(settings.home) / "secret.key")
    return hashlib.sha256(b"pseudonyms" + secret).digest()


def signing_key(settings: Settings) -> SigningKey:
    """The one that is set, else one made once for this home; its public half is kept too. Raises BadSettings."""
    path = Path(settings.signing_key or Path(settings.home) / "signing.pem")
    with _usable(path, "REPORTKIT_SIGNING_KEY"):
        pem = path.read_bytes() if settings.signing_key else _kept(path, lambda: SigningKey.new().to_pem())
    try:
        key = SigningKey.from_pem(pem)
    except ValueError:
        raise BadSettings(f"{path} holds no Ed25519 private key in PEM without a password; try `{MAKE_ONE}`") from None
    public = public_key_path(settings)
    with _usable(public, "REPORTKIT_HOME"):
        _keep_public(public, key.public.to_pem())
    return key


def public_key_path(settings: Settings) -> Path:
    """Where the public half lies once anything has been signed."""
    return Path(settings.home) / "signing.pub.pem"


def _kept_secret(path: Path) -> bytes:
    with _usable(path, "REPORTKIT_SECRET_KEY"):
        kept = _kept(path, lambda: secrets.token_hex(32).encode())
    if len(kept) < 32:
        raise BadSettings(f"the key in {path} is too short to protect anything; restore it, or delete it for a new one")
    return kept


def _kept(path: Path, make: Callable[[], bytes]) -> bytes:
    if not path.exists():
        with _aside(path, make()) as fresh, suppress(FileExistsError):
            os.link(fresh, path)  # whole or not at all, and never over another's
    return path.read_bytes()


def _keep_public(path: Path, pem: bytes) -> None:
    if not path.exists() or path.read_bytes() != pem:
        with _aside(path, pem) as fresh:
            fresh.chmod(0o644)
            fresh.replace(path)


@contextmanager
def _aside(path: Path, content: bytes) -> Iterator[Path]:
    """A file with this content in the directory of `path`, gone afterwards unless it has been moved."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def _usable(path: Path, setting: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadSettings(f"cannot use the key in {path}: {error.strerror}; set {setting}") from None
