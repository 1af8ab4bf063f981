namespace Keelson.Notary.Client;

/// <summary>A clock at which nothing has expired yet, for the repair of what has. Rates and limits go by the real one.</summary>
internal sealed class EarlyTime : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;
}
