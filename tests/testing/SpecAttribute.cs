using Xunit.v3;

namespace Keelson.Testing;

/// <summary>Says which sentence of a specification a test holds. Runs of one section: <c>-trait "spec=distribution-spec 1.1 end-5"</c>.</summary>
/// <param name="specification">The specification and its version: <c>distribution-spec 1.1</c>.</param>
/// <param name="section">The section, as the specification names it: <c>end-5</c>, <c>Pushing Manifests</c>.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class SpecAttribute(string specification, string section) : Attribute, ITraitAttribute
{
    /// <summary>The specification and its version.</summary>
    public string Specification { get; } = specification;

    /// <summary>The section, as the specification names it.</summary>
    public string Section { get; } = section;

    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("spec", $"{Specification} {Section}")];
}
