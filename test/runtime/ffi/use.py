#!/usr/bin/env python3
"""Python holds integer handles of a C++ library: double close and stale use are errors."""
import ctypes
import sys

lib = ctypes.CDLL(sys.argv[1])
lib.doc_open.argtypes, lib.doc_open.restype = [ctypes.c_char_p], ctypes.c_uint64
lib.doc_length.argtypes = lib.doc_close.argtypes = [ctypes.c_uint64]
lib.doc_error.restype = ctypes.c_char_p

STALE, INVALID = -2, -1
a = lib.doc_open(b"hello")
b = lib.doc_open(b"other")
assert a and b and a != b
assert lib.doc_length(a) == 5
assert lib.doc_close(a) == 0
assert lib.doc_close(a) == STALE
text = lib.doc_error().decode()
assert "document" in text and "opened at" in text and "closed at" in text, text
assert lib.doc_length(a) == STALE
assert lib.doc_length(0) == INVALID
for noise in (1, 2**53 - 1, 2**64 - 1, a + 2, b + (1 << 22)):
    assert lib.doc_length(noise) < 0
assert lib.doc_length(b) == 5
assert lib.doc_close(b) == 0
print("ok")
