"""Ports: what the project asks of a bus, a store, a search engine and a place for files.

One contract suite a port (`tests/contract`) runs over every adapter. Every method may raise `Transient`
(try again) or `Broken` (a person must act); no vendor's error passes a port.
"""
