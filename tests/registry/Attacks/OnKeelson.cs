namespace Keelson.Registry.Tests.Attacks;

/// <summary>The attacks against our registry.</summary>
public static class OnKeelson
{
    public sealed class Bound(KeelsonUnderTest registry) : BoundTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class Isolation(KeelsonUnderTest registry) : IsolationTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class Path(KeelsonUnderTest registry) : PathTests(registry), IClassFixture<KeelsonUnderTest>;

    public sealed class WithoutDelete(KeelsonWithoutDelete registry) : WithoutDeleteTests(registry), IClassFixture<KeelsonWithoutDelete>;
}
