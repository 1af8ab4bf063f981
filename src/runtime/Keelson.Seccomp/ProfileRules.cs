using Keelson.Oci;

namespace Keelson.Seccomp;

/// <summary>The rules of a profile by system call, checked, in the profile's order.</summary>
internal sealed class ProfileRules
{
    // A chain of rules for each name of the tables: First and Last are links, a link is (rule, next); 0 is none.
    private readonly int[] first = new int[SyscallTables.Count], last = new int[SyscallTables.Count];
    private readonly bool[] isNamed = new bool[SyscallTables.Count];
    private readonly uint[] actions;
    private readonly SeccompRule[] rules;
    private (int Rule, int Next)[] links = new (int, int)[512];
    private int linkCount = 1;

    /// <summary>Reads a profile.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the message names the rule.</exception>
    internal ProfileRules(SeccompProfile profile)
    {
        rules = profile.Syscalls;
        actions = new uint[rules.Length];
        Default = SeccompReturn.Of(profile.DefaultAction, profile.DefaultErrnoRet, out string? fault);
        if (fault is not null) throw Fault("defaultErrnoRet", fault);
        // The runtime must be able to pass the listener on after the filter is in force.
        if (Default == SeccompReturn.Notify) throw Fault("defaultAction", "SCMP_ACT_NOTIFY cannot be the default");

        List<string>? unknown = null;
        for (int i = 0; i < rules.Length; i++) Add(i, ref unknown);
        Unknown = unknown is null ? [] : [.. unknown];
    }

    /// <summary>The answer where no rule matches.</summary>
    internal uint Default { get; }

    /// <summary>Whether a rule asks the listener.</summary>
    internal bool HasNotify { get; private set; }

    /// <summary>Names that no table has.</summary>
    internal string[] Unknown { get; }

    /// <summary>Whether the profile names the call, be it in a rule that changes nothing.</summary>
    internal bool IsNamed(int entry) => isNamed[entry];

    /// <summary>The first rule of a call, as a link for <see cref="Next"/>; 0 when there is none.</summary>
    internal int First(int entry) => first[entry];

    internal int Next(int link) => links[link].Next;

    internal uint Action(int link) => actions[links[link].Rule];

    internal SeccompArgument[] Arguments(int link) => rules[links[link].Rule].Args;

    /// <summary>The rule without conditions that decides a call whatever the others say; 0 when there is none.</summary>
    internal int Unconditional(int entry)
    {
        int link = first[entry];
        while (link != 0 && Arguments(link).Length > 0) link = links[link].Next;
        return link;
    }

    private void Add(int number, ref List<string>? unknown)
    {
        SeccompRule rule = rules[number];
        actions[number] = SeccompReturn.Of(rule.Action, rule.ErrnoRet, out string? fault);
        if (fault is not null) throw Fault($"syscalls[{number}]", fault);
        for (int i = 0; i < rule.Args.Length; i++)
            if (rule.Args[i].Index > 5) throw Fault($"syscalls[{number}].args[{i}].index", $"{rule.Args[i].Index} is not 0 to 5");

        bool isNotify = rule.Action == SeccompAction.SCMP_ACT_NOTIFY;
        HasNotify |= isNotify;
        foreach (string name in rule.Names)
        {
            if (name.Length == 0) throw Fault($"syscalls[{number}].names", "a name is empty");
            // The runtime's child reports the listener's descriptor with it.
            if (isNotify && name == "write") throw Fault($"syscalls[{number}]", "SCMP_ACT_NOTIFY cannot be used for write");
            int entry = SyscallTables.Find(name);
            if (entry < 0)
            {
                unknown ??= [];
                if (!unknown.Contains(name)) unknown.Add(name);
                continue;
            }
            isNamed[entry] = true;
            // libseccomp refuses rules that repeat the default, and runc leaves them out.
            if (actions[number] != Default) Link(entry, number);
        }
    }

    private void Link(int entry, int rule)
    {
        if (linkCount == links.Length) Array.Resize(ref links, linkCount * 2);
        if (first[entry] == 0) first[entry] = linkCount;
        else links[last[entry]].Next = linkCount;
        links[linkCount] = (rule, 0);
        last[entry] = linkCount++;
    }

    private static KeelsonException Fault(string property, string cause) =>
        new(ErrorKind.InvalidArgument, $"compile seccomp profile: linux.seccomp.{property}: {cause}");
}
