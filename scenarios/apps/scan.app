+++
summary = "a stride over much memory, again and again"

[options.name]
kind = "word"
default = "scan"
help = "what the process is called"

[options.size]
kind = "size"
default = "1G"
help = "how much memory it walks over"

[options.stride]
kind = "size"
default = "2M"
help = "the step: one page is used at each"

[options.passes]
kind = "count"
default = "3"
help = "how often it does so"
+++
# The first pass writes one page at each step. What each fault gave it is what
# it now has.
spawn $name
mmap $name data $size
touch $name data --stride $stride

# The other passes read the same pages again: no faults, but a TLB that has to
# reach over all of them.
for pass in $(seq 2 $passes); do
    touch $name data --read --stride $stride
done

# Look: `tlb $name`, `grep Rss /proc/$name/smaps`; then the same with
# `echo never > /sys/kernel/mm/transparent_hugepage/enabled`.
