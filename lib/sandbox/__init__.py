"""The sandbox in which Python of students runs: a process of its own that can compute, and touch one folder.

`kernel`, `landlock`, `seccomp`, `privileges` and `enter` import nothing but the standard library: they run in the
process before anything else does.
"""
