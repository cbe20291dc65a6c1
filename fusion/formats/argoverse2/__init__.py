"""The Argoverse 2 sensor data set."""
