"""Asks questions: experiment files, runs, comparisons, charts, the command line."""
