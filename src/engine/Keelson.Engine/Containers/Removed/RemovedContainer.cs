using System.Text.Json.Serialization;

namespace Keelson.Engine.Containers;

/// <summary>A container that is gone.</summary>
/// <param name="Info">What it was when it was removed.</param>
/// <param name="RemovedAt">When that was.</param>
/// <param name="KeptUntil">How long its log stays; <see langword="null"/>: until somebody removes it.</param>
public sealed record RemovedContainer(ContainerInfo Info, DateTimeOffset RemovedAt, DateTimeOffset? KeptUntil)
{
    /// <summary>The first of a list with an identity, else the first with a name, else the one whose identity begins so.</summary>
    /// <exception cref="KeelsonException">NotFound: there is none. InvalidArgument: several identities begin so.</exception>
    public static RemovedContainer Find(IReadOnlyList<RemovedContainer> list, string nameOrId)
    {
        if ((list.FirstOrDefault(removed => removed.Info.Id == nameOrId) ?? list.FirstOrDefault(removed => removed.Info.Name == nameOrId)) is { } found) return found;
        RemovedContainer[] begin = nameOrId.Length == 0 ? [] : [.. list.Where(removed => removed.Info.Id.StartsWith(nameOrId, StringComparison.Ordinal))];
        return begin.Length == 1 ? begin[0]
            : begin.Length > 1 ? throw new KeelsonException(ErrorKind.InvalidArgument, $"removed container {nameOrId}: several identities begin so")
            : throw new KeelsonException(ErrorKind.NotFound, $"removed container {nameOrId}: no log is kept of one");
    }
}

/// <summary>What the engine keeps of one, beside its log.</summary>
internal sealed record StoredRemoved
{
    public StoredContainer Container { get; init; } = new();
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset RemovedAt { get; init; }
    public DateTimeOffset? KeptUntil { get; init; }
}

/// <summary>Its form in JSON, made at build time.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(StoredRemoved))]
internal sealed partial class RemovedJson : JsonSerializerContext;
