using Grpc.Core;

namespace Keelson.Hosting.Grpc;

/// <summary>What is counted of one method. Reading it while calls run gives each number as it is at that moment.</summary>
public sealed class GrpcMethodCounters
{
    private readonly long[] handled = new long[StatusCount];
    private readonly long[] buckets = new long[BucketSeconds.Count + 1];
    private long started, received, sent, elapsedTicks;

    internal GrpcMethodCounters(string service, string method, MethodType type)
    {
        Service = service;
        Method = method;
        Type = type;
    }

    /// <summary>Number of status codes of gRPC, from OK on.</summary>
    public const int StatusCount = (int)StatusCode.Unauthenticated + 1;

    /// <summary>Upper bounds of the histogram, in seconds; what takes longer is in one bucket more. Those that Prometheus' clients have by default.</summary>
    public static IReadOnlyList<double> BucketSeconds { get; } = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    /// <summary>The service, with its package.</summary>
    public string Service { get; }

    /// <summary>The method.</summary>
    public string Method { get; }

    /// <summary>What of it is a stream.</summary>
    public MethodType Type { get; }

    /// <summary>Calls that began.</summary>
    public long Started => Interlocked.Read(ref started);

    /// <summary>Messages from callers.</summary>
    public long Received => Interlocked.Read(ref received);

    /// <summary>Messages to callers.</summary>
    public long Sent => Interlocked.Read(ref sent);

    /// <summary>How long all calls took that ended.</summary>
    public TimeSpan Elapsed => new(Interlocked.Read(ref elapsedTicks));

    /// <summary>Calls that ended with a status.</summary>
    public long Handled(StatusCode status) => Interlocked.Read(ref handled[(int)status]);

    /// <summary>Calls that ended, by how long they took: at most <see cref="BucketSeconds"/> of the same index, and the rest at the end.</summary>
    public long Bucket(int index) => Interlocked.Read(ref buckets[index]);

    internal void Start() => Interlocked.Increment(ref started);

    internal void Receive() => Interlocked.Increment(ref received);

    internal void Send() => Interlocked.Increment(ref sent);

    internal void End(StatusCode status, TimeSpan elapsed)
    {
        // Handlers may give any number as the status.
        Interlocked.Increment(ref handled[(int)status is >= 0 and < StatusCount ? (int)status : (int)StatusCode.Unknown]);
        Interlocked.Add(ref elapsedTicks, elapsed.Ticks);
        int bucket = 0;
        while (bucket < BucketSeconds.Count && elapsed.TotalSeconds > BucketSeconds[bucket]) bucket++;
        Interlocked.Increment(ref buckets[bucket]);
    }
}
