"""Change, remove or leave files."""


@attack
def write_the_users_file(t):
    open(t["victim"] + "/data.txt", "w").write("x")


@attack
def append_to_the_users_file(t):
    open(t["victim"] + "/data.txt", "a").write("x")


@attack
def empty_the_users_file(t):
    return each(
        lambda: os.open(t["victim"] + "/data.txt", os.O_WRONLY | os.O_TRUNC),
        lambda: os.open(t["victim"] + "/data.txt", os.O_RDONLY | os.O_TRUNC),
        lambda: os.truncate(t["victim"] + "/data.txt", 0),
    )


@attack
def remove_the_users_file(t):
    return each(
        lambda: os.unlink(t["victim"] + "/data.txt"),
        lambda: os.rmdir(t["victim"] + "/folder"),
        lambda: shutil.rmtree(t["victim"]),
    )


@attack
def move_the_users_file(t):
    return each(
        lambda: os.rename(t["victim"] + "/data.txt", t["victim"] + "/other"),
        lambda: os.replace(t["victim"] + "/folder", t["victim"] + "/other"),
        lambda: libc.renameat2(-100, (t["victim"] + "/data.txt").encode(), -100, (t["victim"] + "/folder").encode(), 2),
    )


@attack
def change_the_mode_of_the_users_file(t):
    return each(
        lambda: os.chmod(t["victim"] + "/data.txt", 0),
        lambda: os.chmod(t["victim"], 0o700),
        lambda: libc.syscall(452, -100, (t["victim"] + "/data.txt").encode(), 0, 0),
    )


@attack
def change_the_owner_of_the_users_file(t):
    return each(
        lambda: os.chown(t["victim"] + "/data.txt", 1, 1),
        lambda: os.lchown(t["victim"] + "/data.txt", os.getuid(), os.getgid()),
    )


@attack
def change_the_times_of_the_users_file(t):
    return each(lambda: os.utime(t["victim"] + "/data.txt", (0, 0)), lambda: os.utime(t["victim"], (0, 0)))


@attack
def change_the_attributes_of_the_users_file(t):
    return each(
        lambda: os.setxattr(t["victim"] + "/data.txt", "user.a", b"1"),
        lambda: fcntl.ioctl(os.open(t["victim"], 0), 0x40086602, struct.pack("l", 0x80)),
    )


@attack
def make_files(t):
    return each(
        lambda: os.mkdir(t["victim"] + "/made"),
        lambda: open(t["victim"] + "/made2", "x"),
        lambda: os.mknod(t["victim"] + "/made3"),
        lambda: os.open(t["victim"], os.O_TMPFILE | os.O_RDWR),
    )


@attack
def make_links(t):
    return each(
        lambda: os.link(t["victim"] + "/data.txt", t["victim"] + "/l"),
        lambda: os.symlink("/", t["victim"] + "/s"),
        lambda: os.link(t["secret"], CWD + "/l"),
        *(lambda n=n: os.symlink("/", f"{CWD}/{n}") for n in range(50)),
    )


@attack
def make_fifos_and_sockets(t):
    return each(
        lambda: os.mkfifo(t["victim"] + "/fifo"),
        lambda: os.mkfifo(CWD + "/fifo"),
        lambda: socket.socket(socket.AF_UNIX).bind(t["victim"] + "/s"),
        lambda: os.mknod(t["victim"] + "/dev", 0o20666, 0x0103),
    )


@attack
def lock_the_users_file(t):
    return each(
        lambda: fcntl.flock(os.open(t["victim"] + "/data.txt", 0), fcntl.LOCK_EX | fcntl.LOCK_NB),
        lambda: fcntl.lockf(os.open(t["victim"] + "/data.txt", 0), fcntl.LOCK_SH),
    )


@attack
def leave_files_in_the_folder(t):
    return each(
        lambda: open("left", "w"),
        lambda: os.mkdir("leftdir"),
        lambda: os.symlink("/", "leftlink"),
        lambda: os.chmod(".", 0),
    )


@attack
def leave_files_elsewhere(t):
    return each(
        *(
            lambda d=d: open(f"{d}/left-{t['harness']}", "w")
            for d in ("/tmp", "/dev/shm", "/var/tmp", "/run", os.path.dirname(CWD))
        ),
        lambda: libc.shm_open(f"/left-{t['harness']}".encode(), os.O_CREAT | os.O_RDWR, 0o666),
        lambda: libc.sem_open(f"/left-{t['harness']}".encode(), os.O_CREAT, 0o666, 1),
    )


@attack
def leave_the_folder(t):
    return each(lambda: os.chdir(t["victim"]), lambda: open("left", "w"))


@attack
def change_the_standard_library(t):
    return each(
        lambda: open(json.__file__, "a"),
        lambda: os.unlink(json.__file__),
        lambda: open(os.path.join(os.path.dirname(json.__file__), "x"), "w"),
    )
