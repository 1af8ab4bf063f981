using Keelson.Shim.Api;

namespace Keelson.Engine.Tasks;

/// <summary>What a task is made from.</summary>
/// <param name="Id">The container, an <see cref="Content.Identifier"/>.</param>
/// <param name="Spec">Its <c>config.json</c>. runtime-spec config.</param>
/// <param name="Stdio">Streams of the first process.</param>
public sealed record TaskDefinition(string Id, ReadOnlyMemory<byte> Spec, StdioPaths Stdio)
{
    /// <summary>Name of the runtime, which names the shim: <c>io.containerd.runc.v2</c> is run by <c>containerd-shim-runc-v2</c>; empty for our own. A path is the program itself.</summary>
    public string Runtime { get; init; } = "";

    /// <summary>The sandbox in which, and by whose shim, it is run; empty for none.</summary>
    public string Sandbox { get; init; } = "";

    /// <summary>Mounts that make the root file system, in their order.</summary>
    public IReadOnlyList<MountEntry> Rootfs { get; init; } = [];

    /// <summary>Options for the shim: <see cref="ShimOptions"/>, or something that is for another shim.</summary>
    public TypedMessage? Options { get; init; }

    /// <summary>Directory of a checkpoint to go on from; empty without one.</summary>
    public string Checkpoint { get; init; } = "";

    /// <summary>The directory of the checkpoint lies on the file system of the engine's root directory, is moved to the task, and goes with it.</summary>
    public bool OwnsCheckpoint { get; init; }
}
