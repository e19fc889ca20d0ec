"""Runs attacks on the sandbox and reports in JSON what came of them: `python attack.py [NAME ...]`; not a test module.

An attack is a function `f(t)` in `attacks/`. `t` names its targets: the harness (`harness`) and a bystander
(`bystander`) as processes, a file of the user's (`secret`), for each attack a folder (`victim`, with `data.txt` and
`folder/`), a socket of each kind. One that hands back a mark that no program is told, or "exists", has learned
something.

A process of its own, with what an attack is after: a token in its environment, expected answers in its memory, files,
sockets and a bystander. It uses the standard library and `harness.execute`, so that any Python of the machine runs it.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

FOLDER = Path(__file__).parent / "attacks"
FILES = ("tools", "reading", "changing", "reaching", "itself", "bombs")
if __name__ == "__main__":  # the marks begin so, and are in no argument and no source
    os.environ["API_TOKEN"] = "s3cr3" + "t-" + secrets.token_hex(8)
EXPECTED = ["s3cr3" + "t-" + secrets.token_hex(8) for _ in range(1000)]
from harness.execute import sandbox
from harness.execute.program import Limits, Program
from harness.execute.sandbox import run_programs

OPENINGS = {
    "see which files exist": ("see_whether_a_file_exists",),
    "read files": (
        "read_a_file", "read_passwd", "list_the_users_folder", "list_the_root", "list_the_processes",
        "read_what_is_installed", "read_the_harness", "read_by_sendfile", "read_the_environment_of_the_harness",
        "read_the_memory_of_the_harness",
    ),
}  # fmt: skip
"""How `Execution.isolation` names what a set-up cannot contain, and the attacks that may then succeed."""
HONEST = {
    "modules": "import csv, difflib, base64, pathlib, urllib.parse, sqlite3, zoneinfo\n"
    "def f(): return difflib.ndiff(['a'], ['b']).__next__(), str(pathlib.Path('a') / 'b'), base64.b64encode(b'a')",
    "threads": "import concurrent.futures\n"
    "def f(): return list(concurrent.futures.ThreadPoolExecutor(8).map(abs, range(-20, 0)))",
    "event loop": "import asyncio\ndef f(): return asyncio.run(asyncio.sleep(0, 'awake'))",
    "time zone": "import time, zoneinfo, datetime\n"
    "def f(): return time.localtime(0)[:5], datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo('Asia/Tokyo')).hour",
    "order": "import random\ndef f(): return list({'a', 'b', 'c', 'd', 'e', 'f'}), random.sample(range(100), 5)",
    "folder": "import os\ndef f(): return os.listdir('.'), os.path.basename(os.path.abspath('a'))",
    "too large": "def f(): return 'a' * 10**8",
    "file": "def f():\n    try: open('a.txt', 'w')\n    except OSError: return 'no file'",
    "process": "import subprocess\ndef f():\n    try: subprocess.run(['a'])\n    except OSError: return 'no process'",
    "socket": "import socket\ndef f():\n    try: socket.create_server(('', 0))\n    except OSError: return 'none'",
}
"""What must come out the same on every machine."""
LIMITS = Limits(wall_seconds=10, cpu_seconds=1)


def main(names):
    """Run each attack between honest programs in two runners at once, and look at what they were after."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["TMPDIR"] = tempfile.tempdir = f"{place}/tmp"
        Path(place).chmod(0o755)
        Path(f"{place}/tmp").mkdir()
        Path(f"{place}/tmp").chmod(0o1777)
        received, targets = listening(place)
        Path(f"{place}/secret").write_text(EXPECTED[0])
        bystander = subprocess.Popen(["sleep", "600"], start_new_session=True)
        installed = [str(path) for path in Path(os.__file__).parent.glob("*-packages/*/__init__.py")][:3]
        targets |= {
            "harness": os.getpid(), "bystander": bystander.pid, "secret": f"{place}/secret", "count": 2,
            "installed": installed, "code": sandbox.__file__,
        }  # fmt: skip
        victims = {name: victim(Path(place) / "victims" / str(number)) for number, name in enumerate(names)}
        before = {name: state(path) for name, path in victims.items()}
        world = surroundings(bystander.pid)
        aimed = {
            name: Program(source, "f", ((targets | {"victim": str(victims[name])},),))
            for name, source in hostile().items() if name in names
        }  # fmt: skip
        programs = [
            program
            for first, second in zip(names[::2], [*names[1::2], names[-1]], strict=False)
            for program in (
                honest(first, 1), honest(second, 2), aimed[first], aimed[second], honest(first, 3), honest(second, 4)
            )
        ]  # fmt: skip
        os.cpu_count = lambda: 2
        ran = {p.source: e for p, e in zip(programs, run_programs(programs, LIMITS), strict=True)}
        usual = run_programs([Program(source, "f", ((),)) for source in HONEST.values()])
        after = surroundings(bystander.pid)
        report = {"isolation": ran[programs[0].source].isolation, "attacks": {}, "world": []}
        for name in names:
            execution = ran[aimed[name].source]
            said = repr(execution.values) + execution.detail
            neighbours = [ran[p.source] for which in (1, 2, 3, 4) if (p := honest(name, which)).source in ran]
            evidence = {
                "learned": "s3cr3t" in said or "exists" in said,
                "changed": state(victims[name]) != before[name],
                "reached": name.encode() in received,
                "spoilt a neighbour": any((n.outcome, n.values) != ("ok", (42,)) for n in neighbours),
            }
            report["attacks"][name] = {
                "outcome": execution.outcome, "detail": execution.detail,
                "evidence": [kind for kind, seen in evidence.items() if seen],
            }  # fmt: skip
        report["honest"] = {
            name: [what.outcome, repr(what.values), what.detail] for name, what in zip(HONEST, usual, strict=True)
        }
        report["escaped"] = {
            name: what["evidence"] for name, what in report["attacks"].items()
            if what["evidence"] and not is_named(name, report["isolation"])
        }  # fmt: skip
        report["world"] = [
            f"{what}: {world[what]} became {after[what]}" for what in world if world[what] != after[what]
        ]
        bystander.kill()
        bystander.wait()
    print(json.dumps(report))


def is_named(attack, isolation):
    """Whether the sandbox says of itself that it does not contain this."""
    return any(attack in attacks and opening in isolation for opening, attacks in OPENINGS.items())


def honest(name, number):
    """A program between attacks, another one each time."""
    return Program(f"import json\ndef f(x):\n    return x * 2  # {number} {name}", "f", ((21,),))


def hostile():
    """The attacks by name, each as a program whose `f` is one of the functions in `attacks/`."""
    tools, *others = ((FOLDER / f"{name}.py").read_text() for name in FILES)
    found = {}
    for text in others:
        space = {}
        exec(compile(f"{tools}\n{text}", "attacks", "exec"), space)
        found |= {name: f"{tools}\n{text}\nf = {name}\n" for name in space["ATTACKS"]}
    return found


def victim(path):
    """A folder that anyone may write in, so that only the sandbox keeps a program from it."""
    (path / "folder").mkdir(parents=True)
    (path / "data.txt").write_text("s3cr3" + "t data")
    for each in (path, path / "folder", path / "data.txt"):
        each.chmod(0o777)
    return path


def state(path):
    """Everything about a folder that a program could change."""
    try:
        return [(str(p), *p.lstat()[:2], *p.lstat()[3:7], p.lstat().st_mtime_ns, p.lstat().st_ctime_ns,
                 p.read_bytes() if p.is_file() else b"") for p in sorted([path, *path.rglob("*")])]  # fmt: skip
    except OSError as error:
        return repr(error)


def surroundings(bystander):
    """What the machine has beside the victims: shared memory, left files, processes and their state."""
    shared = sum(len(Path(f"/proc/sysvipc/{kind}").read_text().splitlines()) for kind in ("shm", "msg", "sem"))
    left = [str(path) for folder in ("/tmp", "/dev/shm", "/var/tmp", "/run", tempfile.gettempdir())
            for path in Path(folder).glob(f"*left-{os.getpid()}*")]  # fmt: skip
    status = {}
    for process in (bystander, os.getpid()):
        fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        stopped = fields[0] in "TtZX"
        status[process] = (
            stopped,
            fields[16],
            Path(f"/proc/{process}/limits").read_text(),
            os.sched_getaffinity(process),
        )
    runners = [path for path in Path("/proc").glob("[0-9]*/cmdline") if is_left(path)]
    folders = [path.name for path in Path(tempfile.gettempdir()).iterdir()]
    return {"shared memory": shared, "left files": left, "bystander": status[bystander], "harness": status[os.getpid()],
            "left runners": runners, "folders": folders}  # fmt: skip


def is_left(path):
    """Whether a process is a runner or child of ours that outlived its program: it works in our folder."""
    try:
        return str(Path(path.with_name("cwd")).readlink()).startswith(tempfile.gettempdir())
    except OSError:
        return False


def listening(place):
    """Sockets that somebody listens on, and what they are sent."""
    received = []
    abstract = f"\0left-{secrets.token_hex(8)}"
    tcp, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for one in (tcp, udp):
        one.bind(("127.0.0.1", 0))
    local, hidden = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    datagrams = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(2)]
    for one, address in zip(
        (local, hidden, *datagrams), (f"{place}/s", abstract, f"{place}/d", abstract + "d"), strict=True
    ):
        one.bind(address)
    for path in ("s", "d"):
        Path(f"{place}/{path}").chmod(0o777)

    def accept(one):
        one.listen()
        while True:
            received.append(one.accept()[0].recv(200))

    def receive(one):
        while True:
            received.append(one.recv(200))

    for one, serve in (
        (tcp, accept),
        (local, accept),
        (hidden, accept),
        (udp, receive),
        *((d, receive) for d in datagrams),
    ):
        threading.Thread(target=serve, args=(one,), daemon=True).start()
    return received, {
        "tcp": tcp.getsockname()[1], "udp": udp.getsockname()[1], "unix": f"{place}/s", "abstract": abstract,
        "unix_datagram": f"{place}/d", "abstract_datagram": abstract + "d",
    }  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:] or list(hostile()))
