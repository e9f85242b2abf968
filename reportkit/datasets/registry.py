"""Which datasets there are: every module of `definitions/` that declares DATASET."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping

from reportkit.datasets import definitions
from reportkit.datasets.base import Dataset
from reportkit.errors import UnknownName


class Registry(Mapping[str, Dataset]):
    """Datasets by name; asking for another raises UnknownName, which lists them."""

    def __init__(self, datasets: Iterable[Dataset]) -> None:
        self._datasets = {dataset.name: dataset for dataset in datasets}

    @classmethod
    def built_in(cls) -> Registry:
        names = sorted(module.name for module in pkgutil.iter_modules(definitions.__path__))
        return cls(importlib.import_module(f"{definitions.__name__}.{name}").DATASET for name in names)

    def __getitem__(self, name: str) -> Dataset:
        if name not in self._datasets:
            raise UnknownName("dataset", name, self._datasets)
        return self._datasets[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._datasets)

    def __len__(self) -> int:
        return len(self._datasets)
