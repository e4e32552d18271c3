+++
summary = "a virtual machine whose memory is used through a secondary MMU"

[options.name]
kind = "word"
default = "kvm"
help = "what the process of the hypervisor is called"

[options.memory]
kind = "size"
default = "512M"
help = "the memory of the guest"

[options.used]
kind = "percent"
default = "50%"
help = "how much of it the guest uses"
+++
# The hypervisor maps the guest's memory and asks for huge pages.
spawn $name
mmap $name ram $memory
madvise $name ram $memory hugepage

# The guest uses part of it. The hypervisor's own page tables get the pages,
# but not the signs of their use.
guest $name ram $((memory / 4K * used / 100 * 4K))

# Look: `slots $name ram`, `explain $name ram`.
