namespace Keelson.Oci;

/// <summary>What a validator found in a document.</summary>
public sealed class SpecFindings
{
    private List<SpecFinding>? _errors;
    private List<SpecFinding>? _warnings;

    /// <summary>What makes the document unusable, in the order of its sections.</summary>
    public IReadOnlyList<SpecFinding> Errors => _errors ?? (IReadOnlyList<SpecFinding>)[];

    /// <summary>What is probably not meant, or will be ignored.</summary>
    public IReadOnlyList<SpecFinding> Warnings => _warnings ?? (IReadOnlyList<SpecFinding>)[];

    /// <summary>Whether there are no errors.</summary>
    public bool IsValid => _errors is null;

    /// <summary>Turns the errors into an exception about the first one, which says how many more there are.</summary>
    /// <exception cref="OciFormatException">There are errors.</exception>
    public void ThrowIfInvalid(string documentName = "config.json")
    {
        if (_errors is null) return;
        SpecFinding first = _errors[0];
        string more = _errors.Count == 1 ? "" : $" (and {_errors.Count - 1} more)";
        throw new OciFormatException(documentName, first.PropertyPath, first.Problem + more);
    }

    internal void Error(string path, string problem) => (_errors ??= []).Add(new(path, problem));

    internal void Warning(string path, string problem) => (_warnings ??= []).Add(new(path, problem));
}
