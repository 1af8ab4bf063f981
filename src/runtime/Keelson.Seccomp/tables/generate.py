#!/usr/bin/env python3
"""Writes ../SyscallTables.Data.cs: system call numbers of 17 tables by name.

Run by hand when the kernel gains system calls:

    mkdir headers && cd headers
    for a in arm64 armhf hppa i386 m68k mips mips64 mipsn32 powerpc ppc64 riscv64 s390x sh4 x32; do
      apt-get download linux-libc-dev-$a-cross && dpkg-deb -x linux-libc-dev-$a-cross_*.deb .
    done
    cd .. && ./generate.py headers [--check]

The numbers come from the kernel's user-space headers (linux-libc-dev for x86-64, its -cross packages for the others).
What is newer than those headers stands in NEWER below. Numbers from 424 on are the same in every table; the script
fails when a header disagrees. --check compares every number with the installed libseccomp.
"""
import ctypes
import pathlib
import re
import subprocess
import sys

HEADERS = {  # table: (triple, file, base)
    "x86": ("i686-linux-gnu", "unistd_32.h", 0),
    "x86_64": (None, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h", 0),
    "x32": ("x86_64-linux-gnux32", "unistd_x32.h", 0),
    "arm": ("arm-linux-gnueabihf", "unistd-eabi.h", 0),
    "aarch64": ("aarch64-linux-gnu", None, 0),
    "loongarch64": ("aarch64-linux-gnu", None, 0),
    "m68k": ("m68k-linux-gnu", "unistd_32.h", 0),
    "mips": ("mips-linux-gnu", "unistd_o32.h", 4000),
    "mips64": ("mips64-linux-gnuabi64", "unistd_n64.h", 5000),
    "mips64n32": ("mips64-linux-gnuabin32", "unistd_n32.h", 6000),
    "parisc": ("hppa-linux-gnu", "unistd_32.h", 0),
    "parisc64": ("hppa-linux-gnu", "unistd_64.h", 0),
    "ppc": ("powerpc-linux-gnu", "unistd_32.h", 0),
    "ppc64": ("powerpc64-linux-gnu", "unistd_64.h", 0),
    "riscv64": ("riscv64-linux-gnu", None, 0),
    "s390": ("s390x-linux-gnu", "unistd_32.h", 0),
    "s390x": ("s390x-linux-gnu", "unistd_64.h", 0),
    "sh": ("sh4-linux-gnu", "unistd_32.h", 0),
}

# Linux 6.2 to 6.18, the same in all tables.
NEWER = {
    "cachestat": 451, "fchmodat2": 452, "map_shadow_stack": 453, "futex_wake": 454, "futex_wait": 455, "futex_requeue": 456,
    "statmount": 457, "listmount": 458, "lsm_get_self_attr": 459, "lsm_set_self_attr": 460, "lsm_list_modules": 461,
    "mseal": 462, "setxattrat": 463, "getxattrat": 464, "listxattrat": 465, "removexattrat": 466, "open_tree_attr": 467,
    "file_getattr": 468, "file_setattr": 469,
}
NEWER_OF = {
    "x86_64": {"uretprobe": 335, "uprobe": 336},
    "riscv64": {"riscv_hwprobe": 258},
    "parisc": {"cacheflush": 356},
    "parisc64": {"cacheflush": 356},
    # The private calls of ARM lie at 0x0f0000; the table keeps them at 0xf000.
    "arm": {"breakpoint": 0xF001, "cacheflush": 0xF002, "usr26": 0xF003, "usr32": 0xF004, "set_tls": 0xF005, "get_tls": 0xF006},
}

# How often programs make a call, as a weight for the decision tree; what is not named weighs 1.
HEAT = {
    64: "read write futex epoll_wait epoll_pwait recvmsg sendmsg recvfrom sendto close openat poll ppoll clock_gettime",
    16: "mmap mmap2 munmap mprotect brk fstat fstat64 newfstatat fstatat64 statx stat lstat lseek _llseek ioctl readv writev pread64 pwrite64 "
        "rt_sigprocmask rt_sigaction getpid gettid madvise fcntl fcntl64 sched_yield nanosleep clock_nanosleep epoll_ctl accept4 "
        "connect getdents64 readlink access open select pselect6 gettimeofday getrandom getsockopt setsockopt",
    4: "clone clone3 vfork execve wait4 exit exit_group pipe2 dup dup2 dup3 socket bind listen accept getuid geteuid getgid getegid "
       "getppid unlink unlinkat rename renameat2 mkdir mkdirat rt_sigreturn rseq set_robust_list prctl uname getcwd times sigaltstack",
}

# Arguments that the kernel takes as int, unsigned int, pid_t, uid_t or gid_t: it never sees the upper half of the register.
NARROW = {
    "0": "read write close personality prctl arch_prctl keyctl setuid setgid setfsuid setfsgid setrlimit getrlimit userfaultfd io_uring_setup socketcall",
    "1": "open umount2 access memfd_create",
    "2": "madvise",
    "01": "ioctl fcntl seccomp setns kill tkill setreuid setregid sched_setscheduler prlimit64 pidfd_open getpriority ipc dup2",
    "02": "bpf openat syslog quotactl faccessat",
    "12": "chown lchown",
    "012": "socket setresuid setresgid fchown reboot tgkill setpriority ioprio_set getsockopt epoll_ctl pidfd_getfd socketpair dup3",
    "013": "io_uring_register",
    "023": "faccessat2",
    "123": "perf_event_open",
    "0124": "setsockopt",
    "0234": "fchownat",
}


def parse(path, base):
    numbers = {}
    for line in open(path):
        m = re.match(r"#define __NR_(\w+)\s+(?:\((__\w+)\s*\+\s*(\d+)\)|(\d+))\s*$", line)
        if m and not re.match(r"(Linux|O32_|N32_|64_)|(reserved|unused)\d", m[1]):
            numbers[m[1]] = (base if m[2] and base else 0) + int(m[3] or m[4])
    return numbers


def generic(include, defines):
    """The tables that are made of conditions in asm-generic/unistd.h."""
    def preprocess(*options, text):
        return subprocess.run(["gcc", "-E", "-nostdinc", "-I", include, *options, "-"], input=text, text=True, capture_output=True, check=True).stdout
    head = "\n".join("#define " + d for d in defines) + "\n"
    names = re.findall(r"#define __NR_(\w+) ", preprocess("-dM", text=head))
    text = preprocess("-P", text=head + "\n".join(f'@@ "{n}" __NR_{n}' for n in names))
    numbers = {m[1]: eval(m[2]) for m in re.finditer(r'^@@ "(\w+)" ([0-9+() ]+)$', text, re.M)}
    return {n: v for n, v in numbers.items() if n not in ("syscalls", "arch_specific_syscall")}


def load(headers):
    tables = {}
    for table, (triple, file, base) in HEADERS.items():
        include = f"{headers}/usr/{triple}/include"
        if table == "loongarch64":
            # No package; it is the generic table with clone3 and, since Linux 6.11, fstat and newfstatat.
            numbers = generic(include, ["__LP64__", "__ARCH_WANT_SYS_CLONE3", "__ARCH_WANT_NEW_STAT", "__BITS_PER_LONG 64\n#include <asm-generic/unistd.h>"])
        elif file is None:
            numbers = generic(include, ["__LP64__\n#include <asm/unistd.h>"])
        else:
            numbers = parse(file if triple is None else f"{include}/asm/{file}", base)
        tables[table] = numbers | NEWER_OF.get(table, {})
    common = dict(NEWER)
    for table, numbers in tables.items():
        base = HEADERS[table][2]
        for name, number in numbers.items():
            if 424 <= number - base < 0xF000 and not (table == "x32" and number >= 512):
                if common.setdefault(name, number - base) != number - base:
                    sys.exit(f"{table} {name} {number - base}: not the common number {common[name]}")
    for table, numbers in tables.items():
        numbers.update({name: number + HEADERS[table][2] for name, number in common.items()})
        if len(set(numbers.values())) != len(numbers):
            sys.exit(f"{table}: two names for one number: {sorted(n for n in numbers if list(numbers.values()).count(numbers[n]) > 1)}")
    return tables


def check(tables):
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_arch_resolve_name.restype = ctypes.c_uint32
    bad = compared = 0
    for table, numbers in tables.items():
        token = lib.seccomp_arch_resolve_name(table.encode())
        if token == 0:
            print(f"{table}: not known to libseccomp")
            continue
        for name, number in numbers.items():
            answer = lib.seccomp_syscall_resolve_name_arch(ctypes.c_uint32(token), name.encode())
            if answer == -1 or -300 < answer <= -100:   # unknown to it; or a call that it multiplexes
                continue
            number = 0x0F0000 + (number & 0xFFF) if number >= 0xF000 else number | (0x40000000 if table == "x32" else 0)
            compared += 1
            # It has no number for calls that a table's kernel reserves but does not implement.
            if answer != number and not (answer < 0 and number % 1000 >= 424):
                bad += 1
                print(f"{table} {name}: {number}, libseccomp {answer}")
    print(f"{compared} numbers compared, {bad} differ")


def fnv(name):
    h = 0x811C9DC5
    for c in name.encode():
        h = (h ^ c) * 0x01000193 & 0xFFFFFFFF
    return h


def lines(values, per):
    return "\n".join("        " + " ".join(f"{v}," for v in values[i:i + per]) for i in range(0, len(values), per))


def main():
    tables = load(pathlib.Path(sys.argv[1]))
    if "--check" in sys.argv:
        check(tables)
    names = sorted(set().union(*tables.values()))
    slots = 1024
    index = [0xFFFF] * slots
    for i, name in enumerate(names):
        h = fnv(name)
        slot = (h ^ h >> 16) & slots - 1
        while index[slot] != 0xFFFF:
            slot = slot + 1 & slots - 1
        index[slot] = i
    starts = [0]
    for name in names:
        starts.append(starts[-1] + len(name))
    heat = {n: w for w, ns in HEAT.items() for n in ns.split()}
    narrow = {n: sum(1 << int(c) for c in k) for k, ns in NARROW.items() for n in ns.split()}
    for n in list(heat) + list(narrow):
        if n not in names and not n.endswith("_"):
            sys.exit(f"{n}: no such system call")

    text, line = [], ""
    for name in names:
        if len(line) + len(name) > 130:
            text.append(line)
            line = ""
        line += name
    text.append(line)
    out = ["// Written by tables/generate.py from the kernel's headers.", "", "namespace Keelson.Seccomp;", "", "internal static partial class SyscallTables", "{",
           f"    internal const int Count = {len(names)};", "",
           "    private static ReadOnlySpan<byte> Names =>",
           " +\n".join(f'        "{t}"u8' for t in text) + ";", "",
           "    // Where each name starts in Names; one more at the end.",
           "    private static ReadOnlySpan<ushort> Starts =>", "    [", lines(starts, 26), "    ];", "",
           "    // Open addressing: 1024 slots, FNV-1a folded to 10 bits, linear probing; 65535 is empty.",
           "    private static ReadOnlySpan<ushort> Slots =>", "    [", lines(index, 22), "    ];", "",
           "    // How often programs make the call, a weight.",
           "    private static ReadOnlySpan<byte> Heats =>", "    [", lines([heat.get(n, 1) for n in names], 40), "    ];", "",
           "    // Bit n: the kernel takes argument n as 32 bits.",
           "    private static ReadOnlySpan<byte> Narrows =>", "    [", lines([narrow.get(n, 0) for n in names], 40), "    ];"]
    for table, numbers in tables.items():
        title = "".join(p.capitalize() for p in table.split("_"))
        out += ["", f"    private static ReadOnlySpan<ushort> {title} =>", "    [", lines([numbers.get(n, 0xFFFF) for n in names], 24), "    ];"]
    out += ["}", ""]
    target = pathlib.Path(__file__).parent.parent / "SyscallTables.Data.cs"
    target.write_text("\n".join(out))
    print(f"{len(names)} names, {len(tables)} tables: {target}")


main()
