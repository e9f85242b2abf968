"""What we claim to be fast, beside what people use instead, in one run. `make bench` writes results/.

Candidates take turns, so that a machine that gets slower gets slower for all. Read the ratios, not the seconds.
"""
