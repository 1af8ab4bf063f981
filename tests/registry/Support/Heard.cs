using System.Collections.Concurrent;
using Keelson.Registry.Events;

namespace Keelson.Registry.Tests;

/// <summary>Notes what a registry tells.</summary>
internal sealed class Heard : IRegistryObserver
{
    private readonly ConcurrentQueue<RegistryEvent> events = new();

    /// <summary>What was removed, one after the other: <c>REPOSITORY[:TAG][@DIGEST] USERAGENT</c>.</summary>
    public IReadOnlyList<string> Removed =>
        [.. events.Where(happened => happened.Action == EventAction.Delete).Select(happened => $"{happened.Repository}{(happened.Tag.Length > 0 ? ":" + happened.Tag : "")}{(happened.Digest is { } digest ? "@" + digest : "")}{(happened.Request.UserAgent.Length > 0 ? " " + happened.Request.UserAgent : "")}")];

    public ValueTask HearAsync(RegistryEvent happened)
    {
        events.Enqueue(happened);
        return ValueTask.CompletedTask;
    }
}
