using Xunit.v3;

namespace Keelson.Testing;

/// <summary>Says that a reference runtime fails a test, and why. Runs against it leave the test out: <c>-trait- "fails=runc"</c>.</summary>
/// <param name="runtime">The program: <c>runc</c>, <c>crun</c>.</param>
/// <param name="why">What it lacks or does otherwise, with the version that was tried.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class ReferenceAttribute(string runtime, string why) : Attribute, ITraitAttribute
{
    /// <summary>The program that fails the test.</summary>
    public string Runtime { get; } = runtime;

    /// <summary>What it lacks or does otherwise.</summary>
    public string Why { get; } = why;

    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("fails", Runtime)];
}
