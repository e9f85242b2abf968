"""Datasets: named, declared queries over the warehouse or our own catalog, and the rules that stand around every one.

To add a dataset, put one file into `definitions/` (docs/how-to/add-a-dataset.md). `query` applies the
rules, `sources` reads; `databases` and `sql` know what differs between databases. May import the catalog
and statistics, never writers, storage or jobs.
"""
