namespace Keelson.Seccomp;

// socketcall(2) and ipc(2): the older architectures make some calls as arguments of one call; x86, MIPS O32, POWER, IBM Z, m68k and SuperH still offer them.
internal sealed partial class ConventionTree
{
    /// <summary>
    /// Lets the rules for socket, semop and the others count for their calls through a multiplexer too.
    /// </summary>
    /// <remarks>
    /// The multiplexer shows the filter which call it stands for, but not that call's arguments. So a rule without conditions counts as it is;
    /// a rule with conditions counts without them when it is stricter than the default, and not at all when it is looser.
    /// </remarks>
    /// <returns>The last number from the architecture's first that this adds; -1 when there is none.</returns>
    private int AddMultiplexers(ReadOnlySpan<ushort> table, in Convention convention, Span<short> entries)
    {
        multiplexed.Clear();
        int socketCall = AddMultiplexer("socketcall", table, convention, entries);
        return Math.Max(socketCall, AddMultiplexer("ipc", table, convention, entries));
    }

    private int AddMultiplexer(string name, ReadOnlySpan<ushort> table, in Convention convention, Span<short> entries)
    {
        int multiplexer = SyscallTables.Find(name);
        int at = SyscallTables.Number(table, multiplexer) - (int)convention.FirstNumber;
        if (at < 0) return -1;
        int before = multiplexed.Count;
        for (uint call = 1; call < 25; call++)
        {
            string? of = name == "ipc" ? IpcCall(call) : SocketCall(call);
            if (of is null) continue;
            int entry = SyscallTables.Find(of), always = rules.Unconditional(entry);
            if (always != 0)
            {
                multiplexed.Add(((uint)multiplexer << 8 | call, rules.Action(always)));
                continue;
            }
            uint strictest = rules.Default;
            for (int link = rules.First(entry); link != 0; link = rules.Next(link))
                if (SeccompReturn.IsLooserThan(strictest, rules.Action(link))) strictest = rules.Action(link);
            if (strictest != rules.Default) multiplexed.Add(((uint)multiplexer << 8 | call, strictest));
        }
        if (multiplexed.Count == before) return -1;
        entries[at] = (short)multiplexer;
        return at;
    }

    // linux/net.h, SYS_*.
    private static string? SocketCall(uint call) => call switch
    {
        1 => "socket",
        2 => "bind",
        3 => "connect",
        4 => "listen",
        5 => "accept",
        6 => "getsockname",
        7 => "getpeername",
        8 => "socketpair",
        9 => "send",
        10 => "recv",
        11 => "sendto",
        12 => "recvfrom",
        13 => "shutdown",
        14 => "setsockopt",
        15 => "getsockopt",
        16 => "sendmsg",
        17 => "recvmsg",
        18 => "accept4",
        19 => "recvmmsg",
        20 => "sendmmsg",
        _ => null,
    };

    // linux/ipc.h.
    private static string? IpcCall(uint call) => call switch
    {
        1 => "semop",
        2 => "semget",
        3 => "semctl",
        4 => "semtimedop",
        11 => "msgsnd",
        12 => "msgrcv",
        13 => "msgget",
        14 => "msgctl",
        21 => "shmat",
        22 => "shmdt",
        23 => "shmget",
        24 => "shmctl",
        _ => null,
    };
}
