"""`boresight review VERB`: decisions of people about what a run found. One file for each verb, `review_VERB.py`."""

from __future__ import annotations

# Each is the function of that name in viewers.cli.review_NAME; help lists them in this order.
SUBVERBS = ("list", "next", "set", "history", "assign", "merge", "verify", "export", "learn")
