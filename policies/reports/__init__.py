"""Verdicts as texts: JSON, SARIF, JUnit, HTML and Markdown, each a pure function of a report."""
