using Keelson.Content;

namespace Keelson.Api;

/// <summary>A part of the daemon, which containerd's clients know as a plug-in.</summary>
/// <param name="Type">What it does, in containerd's words: <c>io.containerd.content.v1</c>.</param>
/// <param name="Id">Its name among the parts of its type.</param>
public sealed record EnginePart(string Type, string Id) : IFilterable
{
    /// <summary>Types, or types with a dot and an id, that it stands on.</summary>
    public IReadOnlyList<string> Requires { get; init; } = [];

    /// <summary>Whether it serves containers and images of this machine's platform, and not just data.</summary>
    public bool HasPlatform { get; init; }

    /// <summary>What others may know of it, as the directory that it keeps.</summary>
    public IReadOnlyDictionary<string, string> Exports { get; init; } = new Dictionary<string, string>();

    /// <summary>What it can do beyond the least.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>Fields: <c>type</c>, <c>id</c>, <c>capabilities</c>.</summary>
    bool IFilterable.TryGetField(IReadOnlyList<string> path, out string value)
    {
        value = path[0] switch { "type" => Type, "id" => Id, "capabilities" => string.Join(',', Capabilities), _ => "" };
        return value.Length > 0;
    }
}
