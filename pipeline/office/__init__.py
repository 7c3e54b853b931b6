"""Use cases of the office: load, apply the desk's rule, one transaction with history and mark. The command line
and the web call the same functions; every one takes an `Office` and plain values, and gives frozen values.
"""
