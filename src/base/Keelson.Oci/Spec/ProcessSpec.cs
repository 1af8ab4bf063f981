namespace Keelson.Oci;

/// <summary>The process of a container, or one to add to it with <c>exec</c>.</summary>
/// <remarks>runtime-spec 1.3 config "Process".</remarks>
public sealed class ProcessSpec
{
    /// <summary>Whether a pseudo terminal is its standard input and outputs. Default <see langword="false"/>.</summary>
    public bool Terminal { get; set; }

    /// <summary>Size of that terminal. Ignored without <see cref="Terminal"/>.</summary>
    public ConsoleSize? ConsoleSize { get; set; }

    /// <summary>Ids to run as.</summary>
    public UserSpec User { get; set; } = new();

    /// <summary>Program and arguments, as for execvp(3). Not empty at <c>start</c>.</summary>
    public string[] Args { get; set; } = [];

    /// <summary>The environment, as <c>NAME=value</c>.</summary>
    public string[] Env { get; set; } = [];

    /// <summary>Working directory inside the container; absolute.</summary>
    public string Cwd { get; set; } = "";

    /// <summary>Capability sets. Absent means that all of them are empty.</summary>
    public CapabilitySets? Capabilities { get; set; }

    /// <summary>Resource limits; no type twice.</summary>
    public RlimitSpec[] Rlimits { get; set; } = [];

    /// <summary>Whether the process and its children can never gain privileges. Default <see langword="false"/>.</summary>
    public bool NoNewPrivileges { get; set; }

    /// <summary>AppArmor profile to run under.</summary>
    public string? ApparmorProfile { get; set; }

    /// <summary>Value for <c>oom_score_adj</c>, -1000 to 1000. Absent leaves what is inherited.</summary>
    public int? OomScoreAdj { get; set; }

    /// <summary>SELinux label of the process.</summary>
    public string? SelinuxLabel { get; set; }

    /// <summary>I/O priority of the process.</summary>
    public IoPrioritySpec? IoPriority { get; set; }

    /// <summary>CPU scheduling of the process.</summary>
    public SchedulerSpec? Scheduler { get; set; }

    /// <summary>CPUs that an exec'd process runs on.</summary>
    public ExecCpuAffinity? ExecCpuAffinity { get; set; }
}
