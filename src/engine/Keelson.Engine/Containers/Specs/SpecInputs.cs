using Keelson.Oci;

namespace Keelson.Engine.Containers;

/// <summary>All that a container's specification is made of. Making it looks at nothing else.</summary>
internal sealed record SpecInputs
{
    /// <summary>The container.</summary>
    public required ContainerInfo Container { get; init; }

    /// <summary>Kernel and daemon.</summary>
    public required MachineFacts Machine { get; init; }

    /// <summary>Who runs it.</summary>
    public Account Account { get; init; } = Account.Root;

    /// <summary>Where its cgroup lies.</summary>
    public CgroupPlace Cgroups { get; init; } = new(CgroupDriver.Cgroupfs, "");

    /// <summary>Devices of the host that it sees, with what it may do with them.</summary>
    public IReadOnlyList<(DeviceSpec Device, DeviceAccess Access)> Devices { get; init; } = [];

    /// <summary>Numbers of block devices by their paths, for rates and shares.</summary>
    public IReadOnlyDictionary<string, (long Major, long Minor)> BlockDevices { get; init; } = new Dictionary<string, (long, long)>();

    /// <summary>Process ID of a container whose network namespace it joins; 0 for none.</summary>
    public int NetworkPid { get; init; }

    /// <summary>A file of the network namespace that was made for it; <see langword="null"/> for none.</summary>
    public string? NetworkPath { get; init; }

    /// <summary>Process ID of a container whose PID namespace it joins; 0 for none.</summary>
    public int ProcessPid { get; init; }

    /// <summary>Process ID of a container whose IPC namespace it joins; 0 for none.</summary>
    public int IpcPid { get; init; }

    /// <summary>What becomes <c>/dev/shm</c> when others may share it: a directory of the host; <see langword="null"/> for its own.</summary>
    public string? SharedMemoryPath { get; init; }

    /// <summary>Variables that tell it of containers that it is linked to.</summary>
    public IReadOnlyList<string> LinkVariables { get; init; } = [];

    /// <summary>The container whose network it shares, and with that its names; <see langword="null"/> for none.</summary>
    public ContainerInfo? NamesOf { get; init; }

    /// <summary>Sources of volumes and binds by their destination; that of <see cref="MountPoint.Source"/> when it is not listed.</summary>
    public IReadOnlyDictionary<string, string> Sources { get; init; } = new Dictionary<string, string>();
}
