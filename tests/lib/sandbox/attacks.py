"""Attempts to get out of the sandbox, written so that they would do no harm where they succeeded.

Run as a program: it goes into the sandbox as its first argument says, tries them all, and writes what became of each as
JSON. It needs nothing but the standard library.
"""

# What is tried are the calls themselves.
# ruff: noqa: PTH101, PTH104, PTH108, PTH116, PTH123, PTH208, PTH211, SIM115

import ctypes
import importlib
import json
import mmap
import os
import resource
import socket
import subprocess
import sys
import threading
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
MEMORY, FILE_BYTES, FILES, THREADS = 600 << 20, 8 << 20, 40, 60


class EscapedError(Exception):
    """It succeeded."""


def call(name, *arguments):
    """A call of the kernel, past everything in Python."""
    numbers = {"vfork": 58, "clone": 56, "clone3": 435, "execve": 59, "execveat": 322, "ptrace": 101, "mount": 165,
               "process_vm_readv": 310, "process_vm_writev": 311, "pidfd_open": 434, "pidfd_getfd": 438, "unshare": 272,
               "setns": 308, "chroot": 161, "pivot_root": 155, "bpf": 321, "keyctl": 250, "add_key": 248,
               "perf_event_open": 298, "userfaultfd": 323, "open_by_handle_at": 304, "io_uring_setup": 425,
               "memfd_create": 319, "shmget": 29, "msgget": 68, "mq_open": 240, "seccomp": 317, "socket": 41,
               "socketpair": 53, "landlock_create_ruleset": 444, "tgkill": 234, "tkill": 200, "kill": 62, "reboot": 169,
               "init_module": 175, "mknod": 133, "rt_sigqueueinfo": 129, "personality": 135, "ioperm": 173,
               "inotify_init1": 294, "fanotify_init": 300, "acct": 163, "swapon": 167, "sethostname": 170,
               "settimeofday": 164, "modify_ldt": 154, "kcmp": 312, "process_madvise": 440, "open_tree": 428}
    given = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    if LIBC.syscall(ctypes.c_long(numbers[name]), *given) < 0:
        raise OSError(ctypes.get_errno(), name)


def refuses(*names):
    """Every one of these calls has to be refused."""
    for name in names:
        try:
            call(name, 0, 0, 0, 0, 0, 0)
        except OSError as error:
            if error.errno not in (1, 38):
                raise EscapedError(f"{name}: the kernel looked at it ({error.errno})") from None
        else:
            raise EscapedError(name)
    raise PermissionError(1, "all of them")


def exhaust(take, most):
    """Take until it is refused."""
    held = [take() for _ in range(most)]
    raise EscapedError(f"{len(held)} of them")


def thread():
    event = threading.Event()
    threading.Thread(target=event.wait, daemon=True).start()
    return event


def write(path):
    Path(path).write_text("escaped")


def environment(given):
    names = set(os.environ) | ({"SECRET"} if LIBC.getenv(b"SECRET") else set())
    if names:
        raise EscapedError(", ".join(names))
    raise KeyError("SECRET")


def descriptors(given):
    for number in range(3, 1000):
        try:
            found = os.fstat(number)
            inode = os.stat(given["secret"]).st_ino
        except OSError:
            continue
        if found.st_ino == inode:
            raise EscapedError(f"descriptor {number}")
        try:
            os.read(number, 1)
        except OSError:
            continue
        raise EscapedError(f"descriptor {number}")
    raise OSError("none")


def system(given):
    status = os.system(f"touch {given['marker']}")
    if status == 0:
        raise EscapedError("a shell")
    raise OSError(status)


def huge_file(given):
    with open("large", "wb") as file:
        exhaust(lambda: (file.write(bytes(1 << 20)), file.flush()), 1000)


def many_files(given):
    exhaust(lambda: open("small", "wb"), 1000)


def link_out(given):
    os.link(given["secret"], "linked")


def library(given):
    write(Path(os.__file__).with_name("escaped.py"))


def cache(given):
    folder = Path(json.__file__).parent / "__pycache__"
    with open(next(folder.glob("*.pyc")), "r+b"):
        raise EscapedError("bytecode")


def mapped(given):
    mmap.mmap(-1, 1 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)


def raised(given):
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] > FILES:
        raise EscapedError("limit")


def dumpable(given):
    for option, value in ((4, 1), (1, 0), (8, 1), (22, 0), (23, 0), (24, 0), (28, 0), (38, 0), (0x59616D61, -1)):
        if LIBC.prctl(option, value, 0, 0, 0) >= 0:
            raise EscapedError(f"prctl {option}")
    raise PermissionError("prctl")


def connect(kind, address):
    with socket.socket(*kind) as opened:
        opened.connect(address)


def listen(given):
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))


def name(given):
    socket.getaddrinfo("localhost", 80)


def terminal(given):
    import fcntl

    fcntl.ioctl(0, 0x5412, b"x")


def owner(given):
    import fcntl

    fcntl.fcntl(0, 8, given["parent"])


def relative(given):
    Path("..", Path(given["secret"]).parent.name, Path(given["secret"]).name).read_text()


def moved(given):
    write("mine")
    os.rename("mine", given["marker"])


def loaded(given):
    Path("mine.py").write_text("import os\nos.fork()\n")
    sys.path.insert(0, ".")
    importlib.import_module("mine")


ATTACKS = {
    "read another run's file": lambda given: Path(given["secret"]).read_text(),
    "read it by a path that goes up": relative,
    "list the runs": lambda given: os.listdir(given["home"]),
    "write into another run": lambda given: write(f"{given['secret']}.mine"),
    "cut another run's file short": lambda given: os.truncate(given["secret"], 0),
    "open it to be cut short": lambda given: os.open(given["secret"], os.O_RDONLY | os.O_TRUNC),
    "remove another run's file": lambda given: os.unlink(given["secret"]),
    "change who may read it": lambda given: os.chmod(given["secret"], 0o777),
    "change whose it is": lambda given: os.chown(given["secret"], os.getuid(), os.getgid()),
    "change its time": lambda given: os.utime(given["secret"], (0, 0)),
    "give it attributes": lambda given: os.setxattr(given["secret"], "user.x", b"x"),
    "read the environment": environment,
    "read the environment from proc": lambda given: Path("/proc/self/environ").read_bytes(),
    "read the environment of the parent": lambda given: Path(f"/proc/{given['parent']}/environ").read_bytes(),
    "read the memory of the parent": lambda given: open(f"/proc/{given['parent']}/mem", "rb").read(1),
    "list the processes": lambda given: os.listdir("/proc"),
    "read the password file": lambda given: Path("/etc/passwd").read_text(),
    "read the shadow file": lambda given: Path("/etc/shadow").read_text(),
    "read the host's keys": lambda given: os.listdir("/etc/ssh"),
    "read the devices": lambda given: open("/dev/mem", "rb").read(1),
    "connect by TCP to this machine": lambda given: connect((), ("127.0.0.1", given["port"])),
    "send by UDP": lambda given: connect((socket.AF_INET, socket.SOCK_DGRAM), ("127.0.0.1", given["port"])),
    "connect to a socket in the file system": lambda given: connect((socket.AF_UNIX,), given["socket"]),
    "connect to an abstract socket": lambda given: connect((socket.AF_UNIX,), given["abstract"]),
    "listen": listen,
    "ask for a name": name,
    "make sockets past Python": lambda given: refuses("socket", "socketpair"),
    "fork": lambda given: os.fork(),
    "fork past Python": lambda given: refuses("vfork", "clone", "clone3"),
    "spawn": lambda given: os.posix_spawn("/bin/true", ["true"], {}),
    "exec": lambda given: os.execv("/bin/true", ["true"]),
    "exec past Python": lambda given: refuses("execve", "execveat"),
    "a shell": system,
    "a subprocess": lambda given: subprocess.run(["/bin/touch", given["marker"]], check=True),
    "a module that forks": loaded,
    "ptrace": lambda given: call("ptrace", 16, given["parent"], 0, 0),
    "be traced": lambda given: call("ptrace", 0, 0, 0, 0),
    "read the parent past proc": lambda given: refuses("process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp",
                                                       "process_madvise"),
    "kill the parent": lambda given: os.kill(given["parent"], 0),
    "kill another process": lambda given: os.kill(given["victim"], 0),
    "kill everybody": lambda given: os.kill(-1, 0),
    "kill past Python": lambda given: call("tgkill", given["parent"], given["parent"], 0),
    "kill in other ways": lambda given: refuses("tkill", "rt_sigqueueinfo", "pidfd_open"),
    "have a signal sent": owner,
    "fill the memory": lambda given: exhaust(lambda: bytearray(64 << 20), 200),
    "fill the memory past its limit": mapped,
    "fill it by messages": lambda given: refuses("shmget", "msgget", "mq_open", "memfd_create"),
    "fill the disk by one file": huge_file,
    "open too many files": many_files,
    "start too many threads": lambda given: exhaust(thread, 2000),
    "raise the limits": raised,
    "take the limits of the parent": lambda given: resource.prlimit(given["parent"], resource.RLIMIT_NOFILE, (9, 9)),
    "a symbolic link": lambda given: os.symlink("/etc/passwd", "link"),
    "a hard link": link_out,
    "a pipe in the file system": lambda given: os.mkfifo("pipe"),
    "a device": lambda given: os.mknod("device", 0o20666, os.makedev(1, 1)),
    "move a file out": moved,
    "write outside": lambda given: write(given["marker"]),
    "write into the libraries": library,
    "change bytecode": cache,
    "write into shared memory": lambda given: write("/dev/shm/escaped"),
    "run what only stands in memory": lambda given: refuses("memfd_create", "execveat"),
    "io_uring": lambda given: refuses("io_uring_setup"),
    "descriptors from before": descriptors,
    "another root": lambda given: refuses("mount", "unshare", "setns", "chroot", "pivot_root", "open_tree"),
    "the kernel's own tools": lambda given: refuses(
        "bpf", "keyctl", "add_key", "perf_event_open", "userfaultfd", "open_by_handle_at", "reboot", "init_module",
        "ioperm", "inotify_init1", "fanotify_init", "acct", "swapon", "sethostname", "settimeofday", "modify_ldt",
        "personality"),
    "loosen the sandbox": dumpable,
    "put another filter over it": lambda given: refuses("seccomp", "landlock_create_ruleset"),
    "be root": lambda given: os.setuid(0),
    "be another": lambda given: os.setresgid(1, 1, 1),
    "type into the terminal": terminal,
}


def loop(given):
    while True:
        pass


ALONE = {
    "calls of another kind": lambda given: LIBC.syscall(ctypes.c_long(0x40000000 + 39)),
    "an endless loop": loop,
}
"""Those that the kernel answers by ending the process."""


def tried(attack, given):
    """How an attempt ended."""
    try:
        attack(given)
    except EscapedError as error:
        return f"ESCAPED: {error}"
    except BaseException as error:
        return f"refused: {type(error).__name__}"
    return "ESCAPED"


def main():
    given = json.loads(sys.argv[1])
    sys.path.insert(0, given["project"])
    from lib.sandbox.enter import Plan, enter

    if not given.get("outside"):
        seconds = 1 if given["only"] else 20
        enter(Plan(given["user"], MEMORY, seconds, FILE_BYTES, FILES, given["threads"], (), os.getppid()))
    chosen = given["only"] or list(ATTACKS)
    print(json.dumps({name: tried({**ATTACKS, **ALONE}[name], given) for name in chosen}))


if __name__ == "__main__":
    main()
