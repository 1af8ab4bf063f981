using Keelson.Oci;
using Keelson.Seccomp;

namespace Keelson.Runtime.Compile;

/// <summary>What the steps of a process need to know besides its configuration.</summary>
internal sealed class ProcessRequest
{
    /// <summary>The configuration, validated.</summary>
    public required ProcessSpec Process { get; init; }

    /// <summary>Its variables, with those that the runtime adds.</summary>
    public required string[] Environment { get; init; }

    /// <summary>The container's name.</summary>
    public required string ContainerId { get; init; }

    /// <summary>Descriptor of the child's end of the channel.</summary>
    public required int Channel { get; init; }

    /// <summary>Descriptor on which the process waits to be started; <see langword="null"/> when it does not wait.</summary>
    public int? StartGate { get; init; }

    /// <summary>Capabilities that this process may hand on, bit n for capability n.</summary>
    public required ulong GrantableCapabilities { get; init; }

    /// <summary>setgroups(2) is allowed: it is not in a user namespace that an unprivileged user made.</summary>
    public required bool MaySetGroups { get; init; }

    /// <summary>The child is not yet the user 0 of its namespace for certain, so even user 0 is set.</summary>
    public required bool ChangesIds { get; init; }

    /// <summary>The compiled filter; <see langword="null"/> without one.</summary>
    public SeccompProgram? Seccomp { get; init; }

    /// <summary>The caller's session keyring is kept.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>Number of descriptors after stderr that the process inherits.</summary>
    public int PreserveFds { get; init; }

    /// <summary>
    /// The process is in a user namespace: there it may not write its own <c>oom_score_adj</c> while it is not dumpable, and the parent does it.
    /// </summary>
    public bool InUserNamespace { get; init; }

    /// <summary>An execve that fails is reported on standard error: nobody reads the channel any more.</summary>
    public bool TellsStandardError { get; init; }

    /// <summary>Execution domain; <see langword="null"/> keeps the caller's.</summary>
    public PersonalitySpec? Personality { get; init; }

    /// <summary>NUMA memory policy; <see langword="null"/> keeps the caller's.</summary>
    public MemoryPolicySpec? MemoryPolicy { get; init; }

    /// <summary>Where sysfs is, in which security modules are looked for; another directory in tests alone.</summary>
    public string SystemTree { get; init; } = "/sys";

    /// <summary>Takes what is odd but no reason to stop.</summary>
    public required Action<string> Warn { get; init; }
}
