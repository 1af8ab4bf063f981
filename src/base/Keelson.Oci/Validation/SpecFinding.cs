namespace Keelson.Oci;

/// <summary>What is wrong or doubtful about one property.</summary>
/// <param name="PropertyPath">The property, as <c>linux.namespaces[3].type</c>.</param>
/// <param name="Problem">What it is; lower case, no full stop.</param>
public readonly record struct SpecFinding(string PropertyPath, string Problem)
{
    /// <inheritdoc/>
    public override string ToString() => $"{PropertyPath}: {Problem}";
}
