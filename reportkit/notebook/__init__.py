"""Report notebooks: how they are found, parameterised and executed, and how they get data.

May import the model below (errors, settings, columns, specs, jobs), never datasets, render or storage: the recipe
hands their functions in. To add a report, put a notebook into the notebooks' directory; nothing here changes.
"""
