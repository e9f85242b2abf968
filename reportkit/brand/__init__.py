"""Brand: one look for PDF, HTML, spreadsheets, charts and mail.

`look.py` says what a brand is, without I/O; `file.py` reads one from a `brand.toml`. May import errors and settings. To
add a value: a field of `Brand`, its key in `file.py`, its row in `docs/how-to/brand.md`.
"""

from reportkit.brand.chart_template import plotly_template
from reportkit.brand.current import brand_of, current
from reportkit.brand.file import read_brand
from reportkit.brand.look import DEFAULT, Brand, FontFile

__all__ = ["DEFAULT", "Brand", "FontFile", "brand_of", "current", "plotly_template", "read_brand"]
