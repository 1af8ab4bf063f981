using System.Diagnostics.Metrics;

namespace Keelson.Notary.Server;

/// <summary>Counts what a server does.</summary>
internal sealed class NotaryMeter
{
    /// <summary>The meter's name.</summary>
    public const string Name = "Keelson.Notary";

    private static readonly Meter Source = new(Name);

    private readonly Histogram<double> durations = Source.CreateHistogram<double>("keelson.notary.request.duration", "s", "How long requests take, by what they ask for and the status of the answer.");

    /// <summary>Counts an answer.</summary>
    public void Answered(TrustPathKind kind, int status, TimeSpan duration) =>
        durations.Record(duration.TotalSeconds, new("operation", Operation(kind)), new("status", status));

    private static string Operation(TrustPathKind kind) => kind switch
    {
        TrustPathKind.Base => "base",
        TrustPathKind.Upload => "update",
        TrustPathKind.Current => "get",
        TrustPathKind.ByHash => "get by hash",
        TrustPathKind.ByVersion => "get by version",
        TrustPathKind.Key => "key",
        TrustPathKind.Feed or TrustPathKind.CollectionFeed => "changefeed",
        TrustPathKind.Health => "health",
        _ => "other",
    };
}
