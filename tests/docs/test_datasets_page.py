"""The reference of the datasets is what the datasets say."""

from __future__ import annotations

from pathlib import Path

from reportkit.datasets.dictionary import reference, section
from reportkit.datasets.registry import Registry

PAGE = Path(__file__).parents[2] / "docs" / "datasets.md"


def test_the_page_is_up_to_date() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == reference(Registry.built_in()), "run `make docs`"


def test_a_section_tells_owner_dates_columns_units_sensitivity_and_filters() -> None:
    for dataset in Registry.built_in().values():
        told = section(dataset)
        assert dataset.owner in told
        assert dataset.period in told
        assert f"- **Read from:** the {dataset.home}\n" in told
        for shape in dataset.shapes.values():
            for column in shape.columns:
                [row] = [line for line in told.splitlines() if line.startswith(f"| `{column.name}` | {column.kind} |")]
                assert column.description in row
                assert (column.unit or "") in row
                assert (column.sensitivity in row.split("|")[4]) is (column.sensitivity != "public")
        for name, meaning in dataset.filters.items():
            assert f"| `{name}` | {meaning} |" in told
