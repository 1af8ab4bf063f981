namespace Keelson.Trust.Tests.Support;

/// <summary>A clock that is ahead.</summary>
internal sealed class TestTime(TimeSpan ahead) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
}
