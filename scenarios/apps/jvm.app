+++
summary = "a reserved heap used in order, and thread stacks with guard pages"

[options.name]
kind = "word"
default = "jvm"
help = "what the process is called"

[options.heap]
kind = "size"
default = "1G"
help = "what is reserved for the heap (-Xmx)"

[options.used]
kind = "size"
default = "256M"
help = "what is used of it so far (-Xms)"

[options.threads]
kind = "count"
default = "32"
help = "how many threads there are"

[options.stack]
kind = "size"
default = "1M"
help = "the stack of each thread (-Xss)"
+++
# The heap is reserved without access; what is needed of it is opened and used
# from its start.
spawn $name
mmap $name objects $heap --prot none
mprotect $name objects $used rw
touch $name objects $used

# Each thread has a stack with a guard page below it, and has used 16 KiB from
# the top.
for i in $(seq $threads); do
    mmap $name stack$i $stack --kernel-placement
    mprotect $name stack$i 4K none
    touch $name stack$i+$((stack - 16K)) 16K
done

# Look: `maps $name` (the guards), `slots $name objects`.
