"""What numbers mean: comparisons of variants, verdicts, trends and what to look at first, from rows of datasets.

Thin over tea-tasting and scipy (docs/decisions/0003-statistics-library.md), which load on first use. No I/O. To add a
statistic, add a module that turns aggregates into one frozen value, and hold it in the tests against a computation
from raw values by another library; docs/reports.md says what it means and where it comes from.
"""
