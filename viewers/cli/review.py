"""Decisions of people about what a run found.

Each verb is a file of its own, `review_VERB.py`.
"""

from __future__ import annotations

# Each is the function of that name in viewers.cli.review_NAME; help lists them in this order.
SUBVERBS = ("list", "next", "set", "history", "assign", "merge", "verify", "export", "learn")
