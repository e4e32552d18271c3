+++
summary = "arenas of an allocator that gives parts of them back"

[options.name]
kind = "word"
default = "malloc"
help = "what the process is called"

[options.arenas]
kind = "count"
default = "4"
help = "how many arenas there are (threads that allocate)"

[options.arena]
kind = "size"
default = "64M"
help = "the size of each"

[options.holes]
kind = "count"
default = "8"
help = "how many places in each arena are given back"

[options.hole]
kind = "size"
default = "64K"
help = "how much is given back at each place"
+++
# Each arena is reserved without access, opened, and filled with objects.
spawn $name
for i in $(seq $arenas); do
    mmap $name arena$i $arena --prot none
    mprotect $name arena$i $arena rw
    touch $name arena$i $arena
done

# Many objects are freed, and the allocator gives whole pages back, here and
# there (malloc_trim).
for i in $(seq $arenas); do
    for h in $(seq $holes); do
        at=$(((h - 1) * (arena / holes) / 4K * 4K))
        madvise $name arena$i+$at $hole dontneed
    done
done

# Look: `slots $name arena1`, `grep thp_split /proc/vmstat`, and after
# `tick 5m` what khugepaged made of it.
