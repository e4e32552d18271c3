"""`thpsh bench`: the emulator against the kernel it runs on, measured in one run.

===========  ================================================================================
measure      one benchmark: what it times, its target, its rounds
emulated     the work on an emulated host
real         its twin on this machine's kernel, without a compiler
table        the list of benchmarks
largepages3  the seed's benchmark, in simulated time
main         alternate, take medians, print
===========  ================================================================================
"""
