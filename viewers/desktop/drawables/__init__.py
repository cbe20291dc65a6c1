"""Points, lines and colours of the 3D pane as arrays; whatever draws them need not know what they mean."""
