"""What we claim to be fast, beside what people use instead, in one run. `make bench` prints the tables.

Each candidate is a fresh process, so that imports and memory count; candidates take turns, so that a machine
that gets slower gets slower for all. Read the ratios, not the seconds.
"""
