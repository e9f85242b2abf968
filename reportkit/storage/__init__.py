"""Storage: where artifacts live. One module per place; each keeps the contract of `base.Storage`.

To add a place: a module with a class, its URL scheme in `open_storage`, a fixture in tests/contract/test_storage.py.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from reportkit.errors import BadSettings
from reportkit.storage.base import Storage
from reportkit.storage.local import LocalStorage


def open_storage(url: str) -> Storage:
    """The storage at `url` (`file:///directory`). Raises BadSettings."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc or not parts.path.startswith("/"):
        raise BadSettings(f"REPORTKIT_STORAGE is {url!r}; write file:///absolute/directory")
    return LocalStorage(Path(unquote(parts.path)))
