"""What differs between two runs of a report: the data that they show, never their pixels. No I/O.

`contents.py` reads what an executed notebook shows as tables of values; `differences.py` compares two of them. May
import `render` and `notebook`, for what a notebook shows is what its documents show.
"""
