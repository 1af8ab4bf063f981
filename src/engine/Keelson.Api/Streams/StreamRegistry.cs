using System.Collections.Concurrent;

namespace Keelson.Api.Streams;

/// <summary>The streams that are open, by namespace and name.</summary>
internal sealed class StreamRegistry
{
    /// <summary>Longest name, in characters.</summary>
    private const int NameLimit = 256;

    private readonly ConcurrentDictionary<(string Space, string Name), NamedStream> streams = [];

    /// <summary>Makes a stream known.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the name is empty or too long. AlreadyExists: it is taken.</exception>
    public void Add(string space, string name, NamedStream stream)
    {
        if (name.Length is 0 or > NameLimit) throw new KeelsonException(ErrorKind.InvalidArgument, $"open stream: its name has {name.Length} characters");
        if (!streams.TryAdd((space, name), stream)) throw new KeelsonException(ErrorKind.AlreadyExists, $"open stream {name}: it is open");
    }

    /// <summary>Forgets a stream.</summary>
    public void Remove(string space, string name) => streams.TryRemove((space, name), out _);

    /// <summary>A stream that a request names.</summary>
    /// <exception cref="KeelsonException">NotFound: it is not open.</exception>
    public NamedStream Get(string space, string name) => streams.GetValueOrDefault((space, name)) ?? throw new KeelsonException(ErrorKind.NotFound, $"use stream {name}: it is not open");
}
