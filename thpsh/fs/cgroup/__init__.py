"""Files below /cgroup: the memory controller, version 1 (mm/memcontrol.c, kernel/cgroup.c)."""
