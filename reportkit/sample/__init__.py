"""The sample warehouse: an experimentation platform's database, made up, believable and nasty on purpose.

May import `errors`, `settings` and the tables of `datasets.warehouse`, nothing else of ours. To add an experiment, add
one `Experiment` to `experiments.py`; to add an awkward value, add one line to `nasty.py`.
"""

from __future__ import annotations

from reportkit.sample.experiments import TRUE_EFFECTS
from reportkit.sample.load import Loaded, load
from reportkit.sample.scale import Scale

__all__ = ["TRUE_EFFECTS", "Loaded", "Scale", "load"]
