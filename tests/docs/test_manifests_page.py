"""The page about manifests: its commands work in order, and it names all that a manifest says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from reportkit.manifests import Manifest

PAGE = (Path(__file__).parents[2] / "docs" / "manifests.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, sample: str) -> Path:
    """Where all its commands have been typed."""
    directory = tmp_path_factory.mktemp("desk")
    (directory / "reportkit.toml").write_text(f'warehouse = "{sample}"\n')
    for block in blocks("console"):
        shell(directory, re.sub(r"^\$ ", "", block, flags=re.MULTILINE))
    return directory


def shell(directory: Path, commands: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands], cwd=directory, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{commands}\n{done.stdout}{done.stderr}"
    return done.stdout


def test_verify_says_what_the_page_shows(desk: Path) -> None:
    [shown] = blocks("text")
    said = shell(desk, "reportkit verify week.csv")
    assert re.sub(r"[0-9a-f]{16}|\d[\d,]*", "#", said) == re.sub(r"[0-9a-f]{16}|\d[\d,]*", "#", shown)


# To verify without us takes a tool of others, which a machine may lack.
@pytest.mark.skipif(
    shutil.which("openssl") is None, reason="the page shows OpenSSL's command; install it: sudo apt-get install openssl"
)
def test_a_signature_is_verified_by_hand_as_the_page_says(desk: Path) -> None:
    [commands] = blocks("sh")
    signer, digest, verified, key_id, found = shell(desk, commands).splitlines()
    assert verified == "Signature Verified Successfully"
    assert signer == f"signed by {key_id}"
    assert digest == f"SHA-256 {found.split()[0]}"

    (desk / "signed.json").write_text((desk / "signed.json").read_text().replace("export", "report"))
    check = next(line for line in commands.splitlines() if line.startswith("openssl pkeyutl"))
    assert subprocess.run(check.split(), cwd=desk, capture_output=True).returncode == 1


def test_the_parts_lie_where_the_page_says(desk: Path) -> None:
    names = {path.name for path in (desk / "parts").iterdir()}
    assert {"raw_events-001.csv", "raw_events-002.csv", "raw_events.csv.manifest.json"} <= names


def test_the_page_names_all_that_a_manifest_says(desk: Path) -> None:
    table = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    named = [name for row in table for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(field.name for field in fields(Manifest))
    assert set(json.loads((desk / "week.csv.manifest.json").read_text())) == set(named)
