"""Engines: what starts `python -m reportkit.worker JOB ATTEMPT` somewhere. They carry job ids and nothing else.

To add an engine: a module whose class keeps the contract of `base.Engine`.
"""
