"""Files in, studies out. Everything untrusted is decoded in a child process."""

from lgescar.read.sandbox import read_labels, read_study

__all__ = ["read_labels", "read_study"]
