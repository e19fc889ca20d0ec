"""Report what was not computed, or what the harness cannot read."""


@attack
def claim_success(t):
    for n in range(3, 64):
        each(
            lambda: os.write(
                n, json.dumps({"outcome": "ok", "values": "[]", "isolation": "full", "seconds": -5}).encode()
            )
        )
    os._exit(0)


@attack
def report_too_many_values(t):
    for n in range(3, 64):
        each(lambda: os.write(n, b'{"outcome": "ok", "values": "[1, 2, 3, 4]"}'))
    os._exit(0)


@attack
def always_equal(t):
    class E(int):
        __eq__ = lambda s, o: True
        __hash__ = lambda s: 0

    class L(list):
        __eq__ = lambda s, o: True

    return [E(1), L(), type("X", (), {"__eq__": lambda s, o: True})()]


@attack
def patch_json_and_the_encoder(t):
    json.dumps = lambda *a, **k: '{"outcome": "ok", "values": "[true]"}'
    json.JSONEncoder.encode = lambda *a: "x"
    builtins.exec = builtins.isinstance = lambda *a: True
    return 1


@attack
def reach_into_the_frames(t):
    frame = sys._getframe()
    while frame:
        frame.f_locals.update(last={"outcome": "ok"}, texts=["666"])
        frame = frame.f_back
    return [found(repr(o)) for o in gc.get_objects() if isinstance(o, (dict, str))][:1000].count("s3cr3t")


@attack
def at_exit(t):
    atexit.register(lambda: os.write(1, b"s3cr3t"))
    threading.Thread(target=lambda: time.sleep(60)).start()
    return 1


@attack
def a_deep_result(t):
    x = []
    for _ in range(100000):
        x = [x]
    return x


@attack
def a_cyclic_result(t):
    x = []
    x.append(x)
    return x


@attack
def a_huge_number(t):
    return 1 << 10**6


@attack
def numbers_that_are_none(t):
    return [float("nan"), float("inf"), complex("nan"), {float("nan"): -0.0}]


@attack
def text_that_is_none(t):
    return ["\ud800", "\x00", "\x1b[2J", b"\xff", {"\udfff": 1}]


@attack
def an_error_that_cannot_be_shown(t):
    class E(Exception):
        __str__ = __repr__ = lambda s: "\ud800\x1b]0;x\x07" * 10**6

    E.__name__ = "\udfff"
    raise E


@attack
def a_set_of_colliding_numbers(t):
    return {n * (2**61 - 1) for n in range(200)}
