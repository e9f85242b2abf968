"""Exports of one real dataset beside what people use instead: `python -m benchmarks.exports`.

`warehouse` starts the databases, `candidates` says what runs, `measuring` runs it, `report` writes the page.
"""
