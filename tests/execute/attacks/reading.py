"""Learn what is the user's, the harness's or another program's."""


@attack
def read_a_file(t):
    return read(t["secret"])


@attack
def read_passwd(t):
    return "s3cr3t" + read("/etc/passwd")


@attack
def read_the_environment_of_the_harness(t):
    return found(read(f"/proc/{t['harness']}/environ"))


@attack
def read_the_environment_of_the_parents(t):
    return each(*(lambda p=p: found(read(f"/proc/{p}/environ")) for p in ancestors()))


@attack
def read_the_memory_of_the_harness(t):
    return memory_of(t["harness"])


@attack
def read_the_memory_of_the_parents(t):
    return each(*(lambda p=p: memory_of(p) for p in ancestors()))


@attack
def read_the_harness_memory_by_process_vm_readv(t):
    return each(*(lambda p=p: vm_read(p) for p in (t["harness"], *ancestors())))


def vm_read(pid):
    maps, out = read(f"/proc/{pid}/maps"), ctypes.create_string_buffer(1 << 16)
    start = int(maps.split("-")[0], 16)
    local = struct.pack("PN", ctypes.addressof(out), 1 << 12)
    remote = struct.pack("PN", start, 1 << 12)
    return "s3cr3t" if libc.process_vm_readv(pid, local, 1, remote, 1, 0) > 0 else ctypes.get_errno()


@attack
def trace_the_harness(t):
    return ["s3cr3t" for p in (t["harness"], *ancestors()) if libc.ptrace(0x4206, p, 0, 0) == 0]


@attack
def trace_the_bystander(t):
    return ["s3cr3t" for kind in (16, 0x4206) if libc.ptrace(kind, t["bystander"], 0, 0) == 0]


@attack
def take_a_descriptor_of_the_harness(t):
    def take(pid):
        held = libc.syscall(434, pid, 0)
        return "s3cr3t" if held >= 0 and libc.syscall(438, held, 1, 0) >= 0 else ctypes.get_errno()

    return each(*(lambda p=p: take(p) for p in (t["harness"], *ancestors())))


@attack
def open_the_harness_descriptors(t):
    return each(*(lambda n=n: found(read(f"/proc/{t['harness']}/fd/{n}", 100)) for n in range(12)))


@attack
def read_through_an_inherited_descriptor(t):
    return each(
        *(
            lambda n=n: found(os.read(n, 1000).decode("latin-1"))
            for n in range(32)
            if not os.get_blocking(n) or n > 2 and stat_is_file(n)
        )
    )


def stat_is_file(n):
    import stat

    return stat.S_ISREG(os.fstat(n).st_mode)


@attack
def list_the_users_folder(t):
    return [("s3cr3t", name) for name in os.listdir(t["victim"])]


@attack
def list_the_root(t):
    return [("s3cr3t", name) for name in os.listdir("/root")] + [("s3cr3t", name) for name in os.listdir("/home")]


@attack
def list_the_processes(t):
    return [("s3cr3t", read(f"/proc/{pid}/cmdline")) for pid in os.listdir("/proc") if pid == str(t["harness"])]


@attack
def see_whether_a_file_exists(t):
    return "exists" if os.path.exists(t["secret"]) else "no"


@attack
def read_what_is_installed(t):
    return [("s3cr3t", read(path, 100)) for path in t["installed"]]


@attack
def read_the_harness(t):
    return "s3cr3t" + read(t["code"])


@attack
def open_by_handle(t):
    handle = ctypes.create_string_buffer(struct.pack("Ii", 128, 0) + bytes(128))
    mount = ctypes.c_int()
    if libc.name_to_handle_at(-100, t["secret"].encode(), handle, ctypes.byref(mount), 0):
        return ctypes.get_errno()
    opened = libc.open_by_handle_at(os.open("/dev/null", 0), handle, 0)
    return os.read(opened, 100).decode()


@attack
def read_by_sendfile(t):
    return each(
        lambda: os.sendfile(1, os.open(t["secret"], 0), 0, 100),
        lambda: found(read("/proc/self/root" + t["secret"])),
        lambda: found(read("/proc/1/root" + t["secret"])),
    )


@attack
def read_by_io_uring(t):
    return "s3cr3t" if libc.syscall(425, 8, ctypes.create_string_buffer(256)) >= 0 else ctypes.get_errno()


@attack
def read_the_kernels_keys(t):
    return "s3cr3t" if libc.syscall(250, 0, -3, 1) >= 0 else ctypes.get_errno()


@attack
def mount(t):
    return each(
        lambda: os.chroot("/"),
        lambda: [][libc.mount(b"none", b"/mnt", b"tmpfs", 0, None)],
        lambda: [][libc.unshare(0x10020000)],
    )


@attack
def become_root(t):
    return each(lambda: os.setuid(0), lambda: os.setresuid(0, 0, 0), lambda: ("s3cr3t", os.setgroups([0])))[2:]
