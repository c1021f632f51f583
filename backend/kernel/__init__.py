"""The bottom of the graph: no tables, no HTTP, no imports from any other room."""
