"""The office's rules, no I/O: who may move what, what is printed, what is signed, which number comes next."""
