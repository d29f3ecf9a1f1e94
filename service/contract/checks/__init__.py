"""Checks for builds and tests: responses against the document, and the document against its released versions.

`conformance` is for the client of your tests, `compatibility` for releases. The served application imports nothing from
here, so that a deployment may leave the folder out.
"""
