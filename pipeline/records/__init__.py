"""The records that travel: messages on the bus, items in the store, documents in search, bulletins on paper."""
