using System.Reflection;
using Xunit.Sdk;
using Xunit.v3;

namespace Keelson.Attacks;

/// <summary>Runs a test with openat2(2) and without it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OpenAt2DataAttribute : DataAttribute
{
    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([new TheoryDataRow(OpenAt2.Allowed), new TheoryDataRow(OpenAt2.Missing)]);

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;
}
