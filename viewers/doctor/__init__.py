"""Whether a machine has what Boresight needs: packages, name clashes, graphics."""
