using System.Runtime.CompilerServices;
using Xunit;

namespace Keelson.Testing;

/// <summary>A test that needs something of the machine; it is skipped, with the reason <c>needs X</c>, where that is missing.</summary>
public abstract class NeedFactAttribute : FactAttribute
{
    /// <summary>Skips the test unless every need is met.</summary>
    protected NeedFactAttribute(string? file, int line, params ReadOnlySpan<Need> needs) : base(file, line)
    {
        foreach (Need need in needs)
            if (Needs.Missing(need) is { } reason)
                Skip = reason;
    }
}

/// <summary>Needs root.</summary>
public sealed class RootFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.Root);

/// <summary>Needs root and cgroup v1 controllers.</summary>
public sealed class CgroupV1FactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.Root, Need.CgroupV1);

/// <summary>Needs root and cgroup v2 controllers.</summary>
public sealed class CgroupV2FactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.Root, Need.CgroupV2);

/// <summary>Needs root and cgroup controllers of either version.</summary>
public sealed class CgroupFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.Root, Need.Cgroups);

/// <summary>Needs root and systemd.</summary>
public sealed class SystemdFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.Root, Need.Systemd);

/// <summary>Needs root, systemd and cgroup v2 controllers.</summary>
public sealed class SystemdV2FactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.Root, Need.Systemd, Need.CgroupV2);

/// <summary>Needs root and AppArmor.</summary>
public sealed class AppArmorFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.Root, Need.AppArmor);

/// <summary>Needs root, systemd and AppArmor.</summary>
public sealed class SystemdAppArmorFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.Root, Need.Systemd, Need.AppArmor);

/// <summary>Needs root and SELinux.</summary>
public sealed class SelinuxFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.Root, Need.Selinux);

/// <summary>Needs root and a kernel that spreads memory by weights.</summary>
public sealed class WeightedMemoryFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.Root, Need.WeightedMemory);

/// <summary>Needs the published programs.</summary>
public sealed class PublishedFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.PublishedPrograms);

/// <summary>Needs root and the published daemon.</summary>
public sealed class DaemonFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.Root, Need.PublishedDaemon);

/// <summary>Rows of data for a test that needs root and the published daemon.</summary>
public sealed class DaemonTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test unless both are there.</summary>
    public DaemonTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        if ((Needs.Missing(Need.Root) ?? Needs.Missing(Need.PublishedDaemon)) is { } reason) Skip = reason;
    }
}

/// <summary>Needs user-mode Linux.</summary>
public sealed class UserModeLinuxFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.UserModeLinux);

/// <summary>Rows of data for a test that needs root.</summary>
public sealed class RootTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test unless the user is root.</summary>
    public RootTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        if (Needs.Missing(Need.Root) is { } reason) Skip = reason;
    }
}

/// <summary>Rows of data for a test that needs root and the published programs.</summary>
public sealed class PublishedTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test unless both are there.</summary>
    public PublishedTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        if ((Needs.Missing(Need.Root) ?? Needs.Missing(Need.PublishedPrograms)) is { } reason) Skip = reason;
    }
}

/// <summary>Rows of data for a test that needs root and cgroup v2 controllers.</summary>
public sealed class CgroupV2TheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test unless both are there.</summary>
    public CgroupV2TheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        if ((Needs.Missing(Need.Root) ?? Needs.Missing(Need.CgroupV2)) is { } reason) Skip = reason;
    }
}

/// <summary>Rows of data for a test that needs root and cgroup controllers of either version.</summary>
public sealed class CgroupTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test unless both are there.</summary>
    public CgroupTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        if ((Needs.Missing(Need.Root) ?? Needs.Missing(Need.Cgroups)) is { } reason) Skip = reason;
    }
}

/// <summary>Rows of data for a test that needs root and cgroup v1 controllers.</summary>
public sealed class CgroupV1TheoryAttribute : TheoryAttribute
{
    /// <summary>Skips the test unless both are there.</summary>
    public CgroupV1TheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : base(file, line)
    {
        if ((Needs.Missing(Need.Root) ?? Needs.Missing(Need.CgroupV1)) is { } reason) Skip = reason;
    }
}

/// <summary>Needs root on a machine that does <em>not</em> have something: the test shows what happens without it.</summary>
public sealed class WithoutFactAttribute(Need without, [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
    : NeedFactAttribute(file, line, Need.Root, without);
