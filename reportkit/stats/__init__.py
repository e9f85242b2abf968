"""What an experiment's numbers mean: comparisons of variants and sample-ratio checks, from aggregates.

Thin over tea-tasting and scipy (docs/decisions/0003-statistics-library.md), which load on first use.
No I/O, and nothing of ours but `errors`. To add a statistic, add a module that turns aggregates into
one frozen value, and hold it in the tests against a computation from raw values by another library.
"""
