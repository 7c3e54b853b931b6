"""Operations: doctor, backup, restore, retention. They see ports, rules and the embedded shape's files; never an
adapter, never wiring: what is opened is handed in.
"""
