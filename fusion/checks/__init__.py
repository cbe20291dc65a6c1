"""One file a check; its docstring is its manual. `catalogue.py` lists them all."""
