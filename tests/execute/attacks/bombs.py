"""Use up what the machine has."""


@attack
def bomb_of_processes(t):
    while True:
        each(os.fork)


@attack
def bomb_of_threads(t):
    while True:
        threading.Thread(target=time.sleep, args=(60,)).start()


@attack
def raw_threads(t):
    stack = ctypes.create_string_buffer(1 << 16)
    while True:
        each(lambda: libc.clone(ctypes.CFUNCTYPE(ctypes.c_int)(lambda: 0), ctypes.addressof(stack) + 60000, 0x50F00, 0))
        each(lambda: libc.syscall(56, 0x3D0F00, 0, 0, 0, 0))


@attack
def bomb_of_memory(t):
    x = bytearray(10**8)
    return [bytes(10**8) + x for _ in range(99)]


@attack
def memory_kept_to_the_end(t):
    global kept
    kept = []
    try:
        while True:
            kept.append(bytearray(10**4))
    except MemoryError:
        pass
    return 1


@attack
def raised_limits(t):
    for what in range(16):
        each(lambda: resource.setrlimit(what, (-1, -1)))
    return len(bytearray(10**9))


@attack
def bomb_of_computing(t):
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    while True:
        pass


@attack
def bomb_of_waiting(t):
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
    time.sleep(300)


@attack
def bomb_of_output(t):
    while True:
        print("a" * 10**4)
        os.write(2, b"a" * 10**4)


@attack
def bomb_of_results(t):
    for n in range(3, 64):
        try:
            while True:
                os.write(n, b"a" * 10**6)
        except OSError:
            pass


@attack
def bomb_of_recursion(t):
    return bomb_of_recursion(t)


@attack
def deep_C_recursion(t):
    sys.setrecursionlimit(10**9)
    return deep_C_recursion(t)


@attack
def a_large_result(t):
    return "a" * 10**8


@attack
def bomb_of_pipes(t):
    kept = []
    while True:
        kept.append(os.pipe())
