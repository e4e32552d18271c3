+++
summary = "a heap in use, forked to be saved, written at random meanwhile"

[options.name]
kind = "word"
default = "redis"
help = "what the process is called"

[options.size]
kind = "size"
default = "1G"
help = "the heap"

[options.writes]
kind = "percent"
default = "10%"
help = "pages of the heap written during the save"
+++
# The database loads its data into its heap.
spawn $name
mmap $name data $size
touch $name data

# To save it, it forks: the copy sees the heap as it is now, shared, and reads
# it all.
fork $name ${name}_save
touch ${name}_save data --read

# Meanwhile clients write, all over the heap. Each first write to a page that
# is shared copies it.
touch $name data --random $((size / 4K * writes / 100))
# Look: `latency` (what the copies cost), `ps`, `grep AnonHuge /proc/meminfo`.
# `exit ${name}_save` ends the save.
