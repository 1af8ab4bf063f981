using Keelson.Oci;

namespace Keelson.Seccomp;

/// <summary>The decisions for the calls of one architecture: which numbers exist, and what the rules make of each.</summary>
/// <param name="graph">Where the nodes go.</param>
/// <param name="rules">The rules.</param>
/// <param name="newerAction">The answer for numbers above all that the profile names; <see langword="null"/> when it is the default action.</param>
internal sealed partial class ConventionTree(DecisionGraph graph, ProfileRules rules, uint? newerAction)
{
    /// <summary>Numbers from an architecture's first that the tables may use, the private ones of ARM aside.</summary>
    private const int NumberLimit = 1024;

    /// <summary>A call whose arguments are compared runs the filter each time; since Linux 5.11 a call that is always allowed never does.</summary>
    private const int ArgumentWeight = 32;

    /// <summary>Programs for x32 are rare, so a call of x86-64 counts this often.</summary>
    private const int X64Weight = 64;

    private readonly NumberTree numbers = new(graph);
    private readonly List<(uint Call, uint Action)> multiplexed = [];

    /// <summary>The node for all calls of an architecture, x86-64 and x32 aside.</summary>
    internal int Build(SeccompArchitecture architecture)
    {
        numbers.Clear();
        numbers.Add(0, graph.Return(rules.Default), 1);
        AddCalls(architecture);
        return numbers.Build();
    }

    /// <summary>The node for x86-64 and x32, which share their AUDIT_ARCH number: a number's bit 30 tells them apart.</summary>
    internal int BuildX86(bool hasX64, bool hasX32)
    {
        numbers.Clear();
        int foreign = graph.Return(SeccompReturn.KillThread), other = graph.Return(rules.Default);
        numbers.Add(0, hasX64 ? other : foreign, 1);
        int? newer64 = hasX64 ? AddCalls(SeccompArchitecture.SCMP_ARCH_X86_64) : null;
        numbers.Add(Convention.X32Bit, hasX32 ? other : foreign, 1);
        int above = hasX32 ? AddCalls(SeccompArchitecture.SCMP_ARCH_X32) ?? other : foreign;
        // Numbers with bit 31 are no calls. runc looks at bit 30 alone to tell which table is exceeded; libseccomp takes them all for x32.
        numbers.Add(1u << 31, newer64 ?? above, 1);
        numbers.Add(1u << 31 | Convention.X32Bit, above, 1);
        // A tracer sets -1 for a call that is to be skipped; it is no call of x32.
        if (!hasX32) numbers.Add(uint.MaxValue, other, 1);
        return numbers.Build();
    }

    // Returns the node for what is newer than the profile; null when the profile does not tell.
    private int? AddCalls(SeccompArchitecture architecture)
    {
        Convention convention = Convention.Of(architecture);
        ReadOnlySpan<ushort> table = SyscallTables.Of(architecture);
        ArgumentTree arguments = new(graph, convention.IsBigEndian);
        int scale = architecture == SeccompArchitecture.SCMP_ARCH_X86_64 ? X64Weight : 1;

        Span<short> entries = stackalloc short[NumberLimit];
        entries.Fill(-1);
        int last = -1;
        for (int entry = 0; entry < SyscallTables.Count; entry++)
        {
            if (!rules.IsNamed(entry)) continue;
            int at = SyscallTables.Number(table, entry) - (int)convention.FirstNumber;
            if (at is < 0 or >= NumberLimit) continue;
            entries[at] = (short)entry;
            last = Math.Max(last, at);
        }
        last = Math.Max(last, AddMultiplexers(table, convention, entries));

        uint first = convention.FirstNumber | convention.NumberBit;
        int other = graph.Return(rules.Default);
        // A profile that names no call of the architecture does not tell what is new either.
        int? newer = last >= 0 && newerAction is { } action ? graph.Return(action) : null;
        for (int at = 0; at <= last; at++)
        {
            if (entries[at] < 0)
            {
                // On IBM Z a call that the kernel does not know arrives as number 0, which has no name.
                bool isNewer = at == 0 && architecture is (SeccompArchitecture.SCMP_ARCH_S390 or SeccompArchitecture.SCMP_ARCH_S390X);
                numbers.Add(first + (uint)at, isNewer ? newer ?? other : other, scale);
                continue;
            }
            int node = Decide(entries[at], convention, arguments);
            numbers.Add(first + (uint)at, node, Weight(entries[at], node) * scale);
        }
        if (last >= 0) numbers.Add(first + (uint)last + 1, newer ?? other, scale);
        if (architecture == SeccompArchitecture.SCMP_ARCH_ARM) AddPrivateCalls(arguments, newer ?? other);
        return newer;
    }

    private int Weight(int entry, int node)
    {
        ref DecisionNode decision = ref graph[node];
        if (decision.Comparison != Comparison.Return) return SyscallTables.Heat(entry) + ArgumentWeight;
        return decision.Constant == SeccompReturn.Allow ? SyscallTables.Heat(entry) : 1;
    }

    // cacheflush, set_tls and their like on ARM: far above the others, so that they say nothing about what is new.
    private void AddPrivateCalls(ArgumentTree arguments, int newer)
    {
        const int limit = 8;
        Convention convention = Convention.Of(SeccompArchitecture.SCMP_ARCH_ARM);
        ReadOnlySpan<ushort> table = SyscallTables.Of(SeccompArchitecture.SCMP_ARCH_ARM);
        Span<int> nodes = stackalloc int[limit];
        nodes.Fill(graph.Return(rules.Default));
        for (int entry = 0; entry < SyscallTables.Count; entry++)
            if (SyscallTables.Number(table, entry) - (int)SyscallTables.ArmPrivateStart is >= 0 and < limit and int at && rules.IsNamed(entry))
                nodes[at] = Decide(entry, convention, arguments);
        for (int at = 0; at < limit; at++) numbers.Add(SyscallTables.ArmPrivateStart + (uint)at, nodes[at], 1);
        numbers.Add(SyscallTables.ArmPrivateStart + limit, newer, 1);
    }

    // The node for one call.
    private int Decide(int entry, in Convention convention, ArgumentTree arguments)
    {
        int always = rules.Unconditional(entry);
        if (always != 0) return graph.Return(rules.Action(always));

        arguments.Clear();
        for (int link = rules.First(entry); link != 0; link = rules.Next(link)) AddRule(entry, link, convention, arguments);
        foreach ((uint call, uint action) in multiplexed)
        {
            if (call >> 8 != entry) continue;
            arguments.AddCondition(Condition.IsEqual(0, call & 0xFF));
            arguments.AddRule(action);
        }
        return arguments.Build(rules.Default);
    }

    private void AddRule(int entry, int link, in Convention convention, ArgumentTree arguments)
    {
        SeccompArgument[] conditions = rules.Arguments(link);
        uint seen = 0;
        bool isSplit = false;
        foreach (SeccompArgument condition in conditions)
        {
            isSplit |= (seen & 1u << (int)condition.Index) != 0;
            seen |= 1u << (int)condition.Index;
        }
        foreach (SeccompArgument condition in conditions)
        {
            arguments.AddCondition(Condition.Of(condition, convention.Has32BitRegisters, SyscallTables.IsIntArgument(entry, condition.Index)));
            // Two conditions for one argument: libseccomp cannot have them in one rule, and runc then makes each a rule.
            if (isSplit) arguments.AddRule(rules.Action(link));
        }
        if (!isSplit) arguments.AddRule(rules.Action(link));
    }
}
