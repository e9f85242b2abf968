"""Which datasets there are: every module of `definitions/` that declares DATASET, and a team's own `.sql` files."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Self

from reportkit.datasets import definitions
from reportkit.datasets.base import Dataset
from reportkit.datasets.databases import database
from reportkit.datasets.sql_files import SqlFiles
from reportkit.errors import BadSettings, UnknownName
from reportkit.settings import Settings


class Registry(Mapping[str, Dataset]):
    """Datasets by name. Asking for another raises UnknownName, which lists them; a broken file raises BadSettings
    when its dataset is asked for, and disturbs no other."""

    def __init__(self, datasets: Iterable[Dataset], files: SqlFiles | None = None) -> None:
        self._declared = {dataset.name: dataset for dataset in datasets}
        self._files = files

    @classmethod
    def built_in(cls, files: SqlFiles | None = None) -> Self:
        names = sorted(module.name for module in pkgutil.iter_modules(definitions.__path__))
        return cls((importlib.import_module(f"{definitions.__name__}.{name}").DATASET for name in names), files)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """With the files that the settings name, written for the warehouse's database. Raises BadSettings."""
        if not settings.datasets:
            return cls.built_in()
        written_for = database(settings.warehouse, pseudonym_key=b"").url.get_backend_name()
        return cls.built_in(SqlFiles(Path(settings.datasets), written_for))

    def __getitem__(self, name: str) -> Dataset:
        if name in self._declared:
            return self._declared[name]
        if self._files and (path := self._paths().get(name)):
            return self._files.read(path)
        raise UnknownName("dataset", name, self)

    def __contains__(self, name: object) -> bool:
        return any(name == known for known in self)

    def __iter__(self) -> Iterator[str]:
        yield from self._declared
        yield from (name for name in self._paths() if name not in self._declared)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def survey(self) -> tuple[list[Dataset], list[str]]:
        """Those that can be asked for, and what is wrong with the files of the others."""
        sound, faults = list(self._declared.values()), list[str]()
        try:
            paths = self._paths()
        except BadSettings as error:
            return sound, [str(error)]
        for name, path in paths.items():
            try:
                if name in self._declared:
                    raise BadSettings(f"{path} is called like a dataset that is there already; call it otherwise")
                sound.append(self[name])
            except BadSettings as error:
                faults.append(str(error))
        return sound, faults

    def _paths(self) -> Mapping[str, Path]:
        return self._files.paths() if self._files else {}
