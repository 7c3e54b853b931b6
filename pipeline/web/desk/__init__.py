"""The desk: pages where the office works. Rendered here whole; no script is needed. Its use cases are `office`'s."""
