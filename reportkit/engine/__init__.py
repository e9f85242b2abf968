"""Engines: what has attempts run somewhere, each in a process of its own. They carry job ids and nothing else.

`local` forks them from a `zygote`; elsewhere, `python -m reportkit.worker JOB ATTEMPT` runs one. `line` has both ends
of what an engine and its worker say to each other.

To add an engine: a module whose class keeps the contract of `base.Engine`.
"""
