namespace Keelson.Registry.Tests.Attacks;

/// <summary>The attacks against distribution 2.8.2.</summary>
public static class OnDebian
{
    public sealed class Bound(DebianUnderTest registry) : BoundTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class Isolation(DebianUnderTest registry) : IsolationTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class Path(DebianUnderTest registry) : PathTests(registry), IClassFixture<DebianUnderTest>;

    public sealed class WithoutDelete(DebianWithoutDelete registry) : WithoutDeleteTests(registry), IClassFixture<DebianWithoutDelete>;
}
