"""Geometry of the drawings, pure: figures in, coordinates out. Looks live in CSS."""
