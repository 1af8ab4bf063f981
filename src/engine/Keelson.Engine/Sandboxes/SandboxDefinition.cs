using Keelson.Shim.Api;

namespace Keelson.Engine.Sandboxes;

/// <summary>What a sandbox is made from.</summary>
/// <param name="Id">Its name, an <see cref="Content.Identifier"/>.</param>
public sealed record SandboxDefinition(string Id)
{
    /// <summary>Name of the runtime, which names the shim; empty for our own.</summary>
    public string Runtime { get; init; } = "";

    /// <summary>Options for the program of the shim.</summary>
    public TypedMessage? RuntimeOptions { get; init; }

    /// <summary>The <c>config.json</c> of its bundle; may be empty: what it lacks is the shim's choice. runtime-spec config.</summary>
    public ReadOnlyMemory<byte> Spec { get; init; }

    /// <summary>Options for the sandbox itself, which the shim may know; <see langword="null"/>: those of the runtime.</summary>
    public TypedMessage? Options { get; init; }

    /// <summary>Mounts that make the root file system of a sandbox with a program, in their order.</summary>
    public IReadOnlyList<MountEntry> Rootfs { get; init; } = [];

    /// <summary>A network namespace that is there already; may be empty.</summary>
    public string NetworkNamespace { get; init; } = "";

    /// <summary>Annotations for the shim.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}
