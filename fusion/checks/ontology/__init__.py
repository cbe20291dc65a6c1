"""Labels against their specification."""
