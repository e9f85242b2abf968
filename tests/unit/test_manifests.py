"""Signed manifests: whatever is changed in one, the public key tells."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reportkit.access import LOCAL_ADMIN
from reportkit.manifests import DatasetRead, FileEntry, Manifest, fault, parse, signed_bytes, versions
from reportkit.signing import PublicKey, SigningKey

KEY = SigningKey.new()
MOMENT = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
READ = DatasetRead(
    dataset="raw_events",
    rows=3,
    period={"start": "2026-10-01T00:00:00.000000Z", "end": None},
    by=None,
    filters={"experiment": ["Größe", "a\u2028b"]},
    columns=[{"name": "id", "kind": "integer", "unit": None, "redaction": None}],
    data_cutoff="2026-11-02T09:00:00.000000Z",
    sort=["-id"],
)
MANIFEST = Manifest(
    kind="export",
    name="raw_events.csv",
    format="csv",
    files=[FileEntry("raw_events-001.csv", 20, "a" * 64, 2), FileEntry("raw_events-002.csv", 10, "b" * 64, 1)],
    rows=3,
    reads=[READ],
    actor=LOCAL_ADMIN,
    job="j-1",
    started_at=MOMENT,
    finished_at=MOMENT,
    versions=versions(),
    alterations={"guarded_texts": 1},
    notebook={"name": "summary", "sha256": "c" * 64, "parameters": {"floor": 0.1, "segments": ["mobile"]}},
    previous={"job": "j-0", "signature": "AAAA"},
).signed(KEY)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The way to everything in a JSON document, itself aside."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


EVERYWHERE = list(places(MANIFEST.to_json()))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


def told(content: dict[str, Any], key: PublicKey = KEY.public) -> str | None:
    """What a reader of the file is told."""
    try:
        parsed, _ = parse(json.dumps(content).encode())
    except ValueError as error:
        return str(error)
    return fault(parsed, key)


def around(content: dict[str, Any], path: tuple[str | int, ...]) -> Any:
    for key in path[:-1]:
        content = content[key]  # type: ignore[index]
    return content


def test_a_manifest_reads_back_and_its_signature_fits() -> None:
    content, files = parse(MANIFEST.to_text().encode())
    assert (content, files) == (MANIFEST.to_json(), MANIFEST.files)
    assert fault(content, KEY.public) is None
    assert fault(content, PublicKey.from_pem(KEY.public.to_pem())) is None


def test_layout_and_order_do_not_matter() -> None:
    turned = dict(reversed(MANIFEST.to_json().items()))
    assert told(turned) is None


@given(place=st.sampled_from(EVERYWHERE), value=SCALARS)
def test_a_changed_value_is_told_wherever_it_is(place: tuple[str | int, ...], value: object) -> None:
    content = copy.deepcopy(MANIFEST.to_json())
    before = around(content, place)[place[-1]]
    around(content, place)[place[-1]] = value
    assert told(content) is not None or (type(before), before) == (type(value), value)


@pytest.mark.parametrize("place", EVERYWHERE, ids=lambda place: ".".join(map(str, place)))
def test_a_value_that_was_taken_out_is_told_wherever_it_was(place: tuple[str | int, ...]) -> None:
    content = copy.deepcopy(MANIFEST.to_json())
    del around(content, place)[place[-1]]
    assert told(content) is not None


@given(
    place=st.sampled_from([(), *EVERYWHERE]),
    name=st.text().filter(lambda text: text not in MANIFEST.to_json()),
    value=SCALARS,
)
def test_a_value_that_was_put_in_is_told_wherever_it_is(place: tuple[str | int, ...], name: str, value: object) -> None:
    content = copy.deepcopy(MANIFEST.to_json())
    inside: Any = content
    for key in place:
        inside = inside[key]
    if isinstance(inside, dict) and name not in inside:
        inside[name] = value
    elif isinstance(inside, list):
        inside.append(value)
    else:
        return
    assert told(content) is not None


@given(st.integers(0, len(MANIFEST.to_text().encode()) - 1), st.integers(1, 255))
def test_a_changed_byte_is_told_or_changes_nothing(position: int, by: int) -> None:
    text = bytearray(MANIFEST.to_text().encode())
    text[position] ^= by
    try:
        content, _ = parse(bytes(text))
    except ValueError:
        return
    assert fault(content, KEY.public) is not None or content == MANIFEST.to_json()


def test_a_name_that_stands_twice_is_told() -> None:
    text = MANIFEST.to_text().replace('"rows": 3,', '"rows": 4, "rows": 3,', 1)
    assert json.loads(text) == MANIFEST.to_json()
    with pytest.raises(ValueError, match="it is no manifest of ours"):
        parse(text.encode())


def test_another_key_is_named_with_the_one_that_was_expected() -> None:
    other = SigningKey.new().public
    assert told(MANIFEST.to_json(), other) == f"is signed by another key: {KEY.public.id}, not {other.id}"


def test_a_signature_that_was_moved_to_another_manifest_is_told() -> None:
    content = MANIFEST.to_json() | {"rows": 4}
    assert told(content) == "was altered: its signature does not fit"


def test_a_manifest_that_claims_our_key_but_was_signed_by_another_is_told() -> None:
    forged = MANIFEST.signed(SigningKey.new()).to_json()
    forged["signature"]["key"] = KEY.public.id
    assert told(forged) == "was altered: its signature does not fit"


def test_a_manifest_without_signature_is_told() -> None:
    assert told(MANIFEST.to_json() | {"signature": None}) == "is not signed"


def test_the_spare_bits_of_a_signatures_text_are_no_room_for_anything() -> None:
    content = copy.deepcopy(MANIFEST.to_json())
    value = content["signature"]["value"]
    spelled = value[:-3] + chr(ord(value[-3]) + 1) + "=="  # one of A, Q, g, w becomes the letter after it
    assert base64.b64decode(spelled) == base64.b64decode(value)
    content["signature"]["value"] = spelled
    assert told(content) == "was altered: its signature is none of ours"


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", "{", "[" * 100_000, '{"files": {}, "name": "\\ud800"}', "\xff"]
)
def test_what_is_no_manifest_is_told(text: str) -> None:
    with pytest.raises(ValueError, match="it is no manifest of ours"):
        parse(text.encode("latin-1"))


def test_signed_is_the_shortest_json_with_sorted_names_in_utf_8() -> None:
    content = {"b": "Größe", "a": [1, None, 0.1], "signature": {"value": "any"}}
    assert signed_bytes(content) == '{"a":[1,null,0.1],"b":"Größe"}'.encode()


def test_the_id_of_a_key_is_short_and_its_own() -> None:
    ids = {SigningKey.new().public.id for _ in range(20)}
    assert (len(ids), {len(key_id) for key_id in ids}) == (20, {16})


def test_equal_manifests_have_equal_signatures() -> None:
    assert MANIFEST.signed(KEY) == MANIFEST
    assert len(base64.b64decode(MANIFEST.to_json()["signature"]["value"])) == 64
