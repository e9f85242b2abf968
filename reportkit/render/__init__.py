"""From an executed notebook to a PDF and an HTML page that look alike: one tree of nodes, two templates.

May import errors, brand, formulas, specs and the vendors that draw (nbconvert, mistune, typst, plotly.js). To show one
more kind of output: make a node of it in `cells.py` and give it a face in `templates/report.typ` and in
`templates/report.html.j2`.
"""
