"""`reportkit verify`: what it says of files as made, altered, renamed and missing, and of other people's keys."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from reportkit.access import LOCAL_ADMIN
from reportkit.cli.verify import command
from reportkit.errors import BadSettings, BadValue
from reportkit.manifests import SUFFIX, FileEntry, Manifest
from reportkit.parts import numbered
from reportkit.signing import SigningKey

KEY = SigningKey.new()
MOMENT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PARTS = (b"n\n1\n2\n", b"n\n3\n4\n", b"n\n5\n")


def make(directory: Path, *contents: bytes, name: str = "raw_events.csv", key: SigningKey = KEY) -> Path:
    """Files as an export leaves them: one, or several parts. Gives the path of the manifest."""
    alone = len(contents) == 1
    names = [name] if alone else [numbered(name, n, len(contents)) for n in range(1, len(contents) + 1)]
    entries = [entry(name, content) for name, content in zip(names, contents, strict=True)]
    for each, content in zip(entries, contents, strict=True):
        (directory / each.name).write_bytes(content)
    made = Manifest("export", name, "csv", entries, 5, [], LOCAL_ADMIN, "j-1", MOMENT, MOMENT, {})
    path = directory / (name + SUFFIX)
    path.write_text(made.signed(key).to_text(), encoding="utf-8")
    return path


def entry(name: str, content: bytes) -> FileEntry:
    return FileEntry(name, len(content), hashlib.sha256(content).hexdigest(), content.count(b"\n") - 1)


def verified(directory: Path, file: str | Path, key: SigningKey = KEY) -> tuple[int, list[str]]:
    """Exit code and lines, each with its spaces made one."""
    public = directory / "public.pem"
    public.write_bytes(key.public.to_pem())
    done = CliRunner().invoke(command, [str(directory / file), "--key", str(public)])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, [" ".join(line.split()) for line in done.output.splitlines()]


SIGNED = f"ok raw_events.csv{SUFFIX} is signed by {KEY.public.id}"


@pytest.mark.parametrize("file", ["raw_events.csv", f"raw_events.csv{SUFFIX}"])
def test_a_file_as_it_was_made_is_well_asked_for_by_its_own_name_or_its_manifests(tmp_path: Path, file: str) -> None:
    make(tmp_path, PARTS[0])
    assert verified(tmp_path, file) == (0, ["ok raw_events.csv is as it was made (2 rows, 6 bytes)", SIGNED])


@given(position=st.integers(0, 299), length=st.integers(1, 50), by=st.integers(1, 255))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_altered_anywhere_are_told(tmp_path: Path, position: int, length: int, by: int) -> None:
    content = bytearray(range(256)) + bytearray(44)
    make(tmp_path, bytes(content))
    region = slice(position, position + length)
    content[region] = bytes(byte ^ by for byte in content[region])
    (tmp_path / "raw_events.csv").write_bytes(content)
    code, [said, signed] = verified(tmp_path, "raw_events.csv")
    assert (code, said) == (1, "BAD raw_events.csv was altered: its size is the same, its content is not")
    assert signed == SIGNED


@given(size=st.integers(0, 400).filter(lambda size: size != 300))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_bytes_cut_off_or_added_are_told_with_both_sizes(tmp_path: Path, size: int) -> None:
    make(tmp_path, bytes(300))
    (tmp_path / "raw_events.csv").write_bytes(bytes(size))
    code, [said, _] = verified(tmp_path, "raw_events.csv")
    assert (code, said) == (1, f"BAD raw_events.csv was altered: it has {size} bytes and was made with 300")


def test_an_altered_manifest_vouches_for_nothing(tmp_path: Path) -> None:
    manifest = make(tmp_path, PARTS[0])
    manifest.write_text(manifest.read_text().replace('"rows": 5', '"rows": 6'))
    expected = (
        f"BAD raw_events.csv{SUFFIX} was altered: its signature does not fit; so nothing vouches for what it describes"
    )
    assert verified(tmp_path, "raw_events.csv") == (1, [expected])
    manifest.write_text("{")
    expected = (
        f"BAD raw_events.csv{SUFFIX} was altered: it is no manifest of ours; so nothing vouches for what it describes"
    )
    assert verified(tmp_path, "raw_events.csv") == (1, [expected])


def test_another_key_is_told_with_the_ids_of_both(tmp_path: Path) -> None:
    make(tmp_path, PARTS[0])
    other = SigningKey.new()
    code, [said] = verified(tmp_path, "raw_events.csv", other)
    assert code == 1
    assert f"is signed by another key: {KEY.public.id}, not {other.public.id}" in said


def test_a_forgery_signed_by_somebody_else_is_told(tmp_path: Path) -> None:
    make(tmp_path, b"forged", key=SigningKey.new())
    code, [said] = verified(tmp_path, "raw_events.csv")
    assert code == 1
    assert "is signed by another key" in said


def test_a_missing_manifest_is_told(tmp_path: Path) -> None:
    make(tmp_path, PARTS[0]).unlink()
    expected = f"BAD raw_events.csv has no manifest beside it, such as raw_events.csv{SUFFIX}"
    assert verified(tmp_path, "raw_events.csv") == (1, [expected])


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    manifest = make(tmp_path, PARTS[0])
    (tmp_path / "raw_events.csv").unlink()
    assert verified(tmp_path, manifest) == (1, ["BAD raw_events.csv is missing", SIGNED])


@pytest.mark.parametrize("manifest", ["october.csv", "raw_events.csv"])
def test_a_renamed_file_is_known_by_its_content_with_its_manifest_renamed_or_not(tmp_path: Path, manifest: str) -> None:
    made = make(tmp_path, PARTS[0])
    made.rename(tmp_path / (manifest + SUFFIX))
    (tmp_path / "raw_events.csv").rename(tmp_path / "october.csv")
    make(tmp_path, PARTS[1], name="another.csv")
    code, [said, signed] = verified(tmp_path, "october.csv")
    assert (code, said) == (0, "ok october.csv is as it was made (2 rows, 6 bytes, then called raw_events.csv)")
    assert signed == f"ok {manifest}{SUFFIX} is signed by {KEY.public.id}"


def test_a_renamed_file_that_was_altered_is_told(tmp_path: Path) -> None:
    make(tmp_path, PARTS[0]).rename(tmp_path / f"october.csv{SUFFIX}")
    (tmp_path / "raw_events.csv").unlink()
    (tmp_path / "october.csv").write_bytes(b"n\n1\n3\n")
    code, [said, _] = verified(tmp_path, "october.csv")
    assert (code, said) == (1, "BAD october.csv was altered: its size is the same, its content is not")


def test_an_altered_copy_beside_the_original_is_told(tmp_path: Path) -> None:
    make(tmp_path, PARTS[0]).rename(tmp_path / f"copy.csv{SUFFIX}")
    (tmp_path / "copy.csv").write_bytes(b"other")
    code, said = verified(tmp_path, "copy.csv")
    assert code == 1
    assert "BAD copy.csv is none of the files that the manifest lists" in said


def of_parts(*verdicts: str) -> list[str]:
    return [f"{verdict.split()[0]} raw_events-{verdict.split(' ', 1)[1]}" for verdict in verdicts]


AS_MADE = (
    "ok 001.csv is as it was made (2 rows, 6 bytes)",
    "ok 002.csv is as it was made (2 rows, 6 bytes)",
    "ok 003.csv is as it was made (1 row, 4 bytes)",
)


@pytest.mark.parametrize("file", ["raw_events-002.csv", f"raw_events.csv{SUFFIX}"])
def test_all_parts_are_looked_at_whichever_is_asked_for(tmp_path: Path, file: str) -> None:
    make(tmp_path, *PARTS)
    assert verified(tmp_path, file) == (0, [*of_parts(*AS_MADE), SIGNED])


@pytest.mark.parametrize("file", ["raw_events-001.csv", f"raw_events.csv{SUFFIX}"])
def test_missing_parts_are_named(tmp_path: Path, file: str) -> None:
    make(tmp_path, *PARTS)
    (tmp_path / "raw_events-002.csv").unlink()
    assert verified(tmp_path, file) == (1, [*of_parts(AS_MADE[0], "BAD 002.csv is missing", AS_MADE[2]), SIGNED])


@pytest.mark.parametrize("file", ["raw_events-001.csv", "raw_events-003.csv"])
def test_an_altered_part_is_told_whichever_is_asked_for(tmp_path: Path, file: str) -> None:
    make(tmp_path, *PARTS)
    (tmp_path / "raw_events-003.csv").write_bytes(b"n\n6\n")
    altered = "BAD 003.csv was altered: its size is the same, its content is not"
    assert verified(tmp_path, file) == (1, [*of_parts(AS_MADE[0], AS_MADE[1], altered), SIGNED])


def test_parts_of_another_name_are_known_by_number_and_by_content(tmp_path: Path) -> None:
    make(tmp_path, *PARTS).rename(tmp_path / f"october.csv{SUFFIX}")
    for number, name in ((1, "october-001.csv"), (2, "october-002.csv"), (3, "the last one.csv")):
        (tmp_path / numbered("raw_events.csv", number, 3)).rename(tmp_path / name)
    code, said = verified(tmp_path, "the last one.csv")
    assert code == 0
    assert said[2] == "ok the last one.csv is as it was made (1 row, 4 bytes, then called raw_events-003.csv)"
    (tmp_path / "october-002.csv").write_bytes(b"n\n")
    code, said = verified(tmp_path, "october-002.csv")
    assert code == 1
    assert said[1:3] == [
        "BAD october-002.csv was altered: it has 2 bytes and was made with 6",
        "BAD october-003.csv is missing",
    ]


def test_parts_of_equal_content_are_each_there_or_not(tmp_path: Path) -> None:
    make(tmp_path, PARTS[0], PARTS[0], PARTS[0])
    assert [line[:21] for line in verified(tmp_path, "raw_events-002.csv")[1][:3]] == of_parts(
        "ok 001.csv", "ok 002.csv", "ok 003.csv"
    )
    (tmp_path / "raw_events-002.csv").unlink()
    code, said = verified(tmp_path, "raw_events-001.csv")
    assert (code, said[1]) == (1, "BAD raw_events-002.csv is missing")


def test_a_copy_beside_the_original_is_as_it_was_made(tmp_path: Path) -> None:
    make(tmp_path, PARTS[0])
    (tmp_path / "copy.csv").write_bytes(PARTS[0])
    code, said = verified(tmp_path, "copy.csv")
    assert code == 0
    assert "ok copy.csv is as it was made (2 rows, 6 bytes, then called raw_events.csv)" in said


def test_an_altered_file_beside_its_manifest_is_told_though_the_original_is_there_too(tmp_path: Path) -> None:
    manifest = make(tmp_path, PARTS[0]).rename(tmp_path / f"copy.csv{SUFFIX}")
    (tmp_path / "copy.csv").write_bytes(b"other")
    code, said = verified(tmp_path, manifest)
    assert code == 1
    assert "BAD copy.csv is none of the files that the manifest lists" in said


def test_a_part_is_looked_up_in_the_manifest_of_its_export_before_any_other_that_lists_its_content(
    tmp_path: Path,
) -> None:
    make(tmp_path, PARTS[0], PARTS[1])
    make(tmp_path, PARTS[0], name="another.csv")
    assert verified(tmp_path, "raw_events-001.csv") == (0, [*of_parts(*AS_MADE[:2]), SIGNED])


def test_a_part_that_a_later_export_left_behind_is_told(tmp_path: Path) -> None:
    make(tmp_path, *PARTS)
    (tmp_path / "raw_events-004.csv").write_bytes(b"n\n7\n")
    code, said = verified(tmp_path, "raw_events-004.csv")
    assert code == 1
    assert "BAD raw_events-004.csv is none of the files that the manifest lists" in said


def test_a_file_that_is_gone_is_missed_by_the_manifest_beside_it(tmp_path: Path) -> None:
    make(tmp_path, PARTS[0])
    (tmp_path / "raw_events.csv").unlink()
    assert verified(tmp_path, "raw_events.csv") == (1, ["BAD raw_events.csv is missing", SIGNED])


def test_misuse_is_told_as_such(tmp_path: Path) -> None:
    make(tmp_path, PARTS[0])
    with pytest.raises(BadValue, match="there is no such file"):
        verified(tmp_path, "nothing.csv")
    with pytest.raises(BadValue, match="there is no such file"):
        verified(tmp_path, ".")
    for content, why in ((None, "cannot be read .No such file"), (KEY.to_pem(), "holds no Ed25519 public key in PEM")):
        path = tmp_path / "k.pem"
        path.write_bytes(content) if content else path.unlink(missing_ok=True)
        done = CliRunner().invoke(command, [str(tmp_path / "raw_events.csv"), "--key", str(path)])
        with pytest.raises(BadValue, match=why):
            raise done.exception or AssertionError


def reportkit(desk: Path, *words: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("reportkit")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("REPORTKIT_")}
    return subprocess.run([program, *words], cwd=desk, env=environment, capture_output=True, text=True, timeout=60)


def test_it_needs_file_manifest_and_public_key_and_leaves_nothing(tmp_path: Path) -> None:
    make(tmp_path, PARTS[0])
    (tmp_path / "public.pem").write_bytes(KEY.public.to_pem())
    before = names(tmp_path)
    done = reportkit(tmp_path, "verify", "raw_events.csv", "--key", "public.pem")
    assert (done.returncode, done.stderr, names(tmp_path)) == (0, "", before)
    (tmp_path / "raw_events.csv").write_bytes(b"")
    assert reportkit(tmp_path, "verify", "raw_events.csv", "--key", "public.pem").returncode == 1
    done = reportkit(tmp_path, "verify", "raw_events.csv")
    assert (done.returncode, done.stdout, names(tmp_path)) == (2, "", before)
    assert "signing.pub.pem, the public key of this home: it cannot be read" in done.stderr
    assert "name the key that you were given with --key" in done.stderr


def names(directory: Path) -> Sequence[str]:
    return sorted(path.name for path in directory.iterdir())


def test_it_loads_no_toolkit() -> None:
    code = "import sys, reportkit.cli.verify; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"reportkit.toolkit", "reportkit.catalog", "pyarrow", "pandas"} & set(loaded)


def test_the_public_key_of_this_home_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, PARTS[0])
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "signing.pub.pem").write_bytes(KEY.public.to_pem())
    monkeypatch.setenv("REPORTKIT_HOME", str(tmp_path / "home"))
    assert CliRunner().invoke(command, [str(tmp_path / "raw_events.csv")]).exit_code == 0
    (tmp_path / "home" / "signing.pub.pem").write_text("nothing")
    with pytest.raises(BadSettings, match="it holds no Ed25519 public key in PEM; name the key"):
        raise CliRunner().invoke(command, [str(tmp_path / "raw_events.csv")]).exception or AssertionError
