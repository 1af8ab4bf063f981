namespace Keelson.Oci;

/// <summary>A document does not have the form that its specification asks for.</summary>
/// <remarks>Its message is <c>document: property path: problem</c>, as <c>config.json: linux.namespaces[3].type: 'foo' is not a namespace type</c>.</remarks>
public sealed class OciFormatException : KeelsonException
{
    /// <summary>Makes an error about one property.</summary>
    /// <param name="documentName">What the document is called, as <c>config.json</c>.</param>
    /// <param name="propertyPath">The property, as <c>linux.namespaces[3].type</c>; empty for the document as a whole.</param>
    /// <param name="problem">What is wrong with it; lower case, no full stop.</param>
    public OciFormatException(string documentName, string propertyPath, string problem)
        : base(ErrorKind.InvalidArgument, propertyPath.Length == 0 ? $"{documentName}: {problem}" : $"{documentName}: {propertyPath}: {problem}")
    {
        DocumentName = documentName;
        PropertyPath = propertyPath;
        Problem = problem;
    }

    /// <summary>What the document is called.</summary>
    public string DocumentName { get; }

    /// <summary>The property, as <c>linux.namespaces[3].type</c>; empty for the document as a whole.</summary>
    public string PropertyPath { get; }

    /// <summary>What is wrong with it.</summary>
    public string Problem { get; }
}
