"""ASAM OpenLABEL files as scenes."""
