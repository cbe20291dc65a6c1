"""The desktop viewer: `state` decides what is shown, `drawables` what it looks like, `window` puts it on the screen."""
