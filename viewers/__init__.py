"""What a person looks at or types into: pictures, reports, the command line, the desktop viewer."""

from __future__ import annotations
