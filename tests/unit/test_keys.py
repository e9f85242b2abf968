"""The keys of a home: made once, kept, and never half."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from reportkit.errors import BadSettings
from reportkit.keys import MAKE_ONE, pseudonym_key, public_key_path, signing_key
from reportkit.settings import Settings
from reportkit.signing import PublicKey, SigningKey


def settings(home: Path, **others: str) -> Settings:
    return Settings(home="home", **others).resolved(home)  # type: ignore[arg-type]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_signing_key_is_made_once_and_its_owners_alone(tmp_path: Path) -> None:
    first, again = signing_key(settings(tmp_path)), signing_key(settings(tmp_path))
    assert first.to_pem() == again.to_pem() == (tmp_path / "home" / "signing.pem").read_bytes()
    assert mode(tmp_path / "home" / "signing.pem") == 0o600
    assert sorted(path.name for path in (tmp_path / "home").iterdir()) == ["signing.pem", "signing.pub.pem"]


def test_the_public_half_lies_beside_it_for_all_to_read(tmp_path: Path) -> None:
    key, path = signing_key(settings(tmp_path)), public_key_path(settings(tmp_path))
    assert PublicKey.from_pem(path.read_bytes()).id == key.public.id
    assert mode(path) == 0o644
    path.unlink()
    signing_key(settings(tmp_path))
    assert path.read_bytes() == key.public.to_pem()


def test_many_first_starts_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    starts = 8
    together = Barrier(starts)

    def start(_: int) -> tuple[bytes, bytes]:
        together.wait()
        return signing_key(settings(tmp_path)).to_pem(), pseudonym_key(settings(tmp_path))

    with ThreadPoolExecutor(starts) as pool:
        found = set(pool.map(start, range(starts)))
    [(pem, _)] = found
    assert public_key_path(settings(tmp_path)).read_bytes() == SigningKey.from_pem(pem).public.to_pem()


def test_a_key_that_is_set_is_used_and_its_public_half_kept(tmp_path: Path) -> None:
    mine = SigningKey.new()
    (tmp_path / "mine.pem").write_bytes(mine.to_pem())
    signing_key(settings(tmp_path))
    set_now = settings(tmp_path, signing_key="mine.pem")
    assert signing_key(set_now).public.id == mine.public.id
    assert public_key_path(set_now).read_bytes() == mine.public.to_pem()


def test_a_key_that_is_set_is_never_made(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"mine\.pem: No such file or directory; set REPORTKIT_SIGNING_KEY"):
        signing_key(settings(tmp_path, signing_key="mine.pem"))
    assert list(tmp_path.iterdir()) == []


def pem(key: Ed25519PrivateKey | X25519PrivateKey, password: bytes = b"") -> bytes:
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no key",
        pem(X25519PrivateKey.generate()),
        pem(Ed25519PrivateKey.generate(), b"x"),
        SigningKey.new().public.to_pem(),
    ],
    ids=["empty", "nonsense", "other algorithm", "with a password", "public"],
)
def test_what_is_no_key_to_sign_with_is_told_how_to_make_one(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k.pem").write_bytes(content)
    with pytest.raises(BadSettings, match="holds no Ed25519 private key .* `openssl genpkey -algorithm ed25519"):
        signing_key(settings(tmp_path, signing_key="k.pem"))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_a_key_that_openssl_made_as_we_advise_is_one(tmp_path: Path) -> None:
    subprocess.run(MAKE_ONE.split(), cwd=tmp_path, check=True)
    assert signing_key(settings(tmp_path, signing_key="signing.pem")).sign(b"")["algorithm"] == "ed25519"


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")
    with pytest.raises(BadSettings, match=r"cannot use the key in .*signing\.pem: .*; set REPORTKIT_SIGNING_KEY"):
        signing_key(settings(tmp_path))


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="at least 32 characters"):
        pseudonym_key(settings(tmp_path, secret_key="short"))
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "secret.key").write_text("short")
    with pytest.raises(BadSettings, match="too short to protect anything; restore it"):
        pseudonym_key(settings(tmp_path))


@pytest.mark.parametrize("module", ["signing", "keys", "manifests", "toolkit"])
def test_cryptography_is_loaded_only_to_sign(module: str) -> None:
    code = f"import sys, reportkit.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "cryptography" not in loaded
