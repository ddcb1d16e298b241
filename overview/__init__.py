"""The dashboard: what came in over time and what was said of it, counted by day."""
