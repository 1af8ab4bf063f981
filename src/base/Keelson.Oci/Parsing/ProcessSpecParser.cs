namespace Keelson.Oci;

/// <summary>Reads a process that is to be added to a running container, as <c>exec --process</c> takes it.</summary>
/// <remarks>runtime-spec 1.3 config "Process". The rules are those of <see cref="RuntimeSpecParser"/>.</remarks>
public static class ProcessSpecParser
{
    /// <summary>Reads a document that is one process object.</summary>
    /// <param name="json">UTF-8, at most <see cref="DocumentLimits.MaxBytes"/>.</param>
    /// <param name="documentName">What to call the document in messages.</param>
    /// <exception cref="OciFormatException">It is no JSON, a value has the wrong type or range, or a required property is missing.</exception>
    public static ProcessSpec Parse(ReadOnlySpan<byte> json, string documentName = "process.json") =>
        SpecReader.ReadDocument(json, documentName, RuntimeSpecParser.ReadProcess);
}
