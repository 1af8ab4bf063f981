namespace Keelson.Oci;

/// <summary>Reads an array of mounts, as the <c>mounts</c> property of a configuration has it.</summary>
public static class MountListParser
{
    /// <summary>Reads a document that is one array of mounts.</summary>
    /// <param name="json">UTF-8, at most <see cref="DocumentLimits.MaxBytes"/>.</param>
    /// <param name="documentName">What to call the document in messages.</param>
    /// <exception cref="OciFormatException">It is no JSON, a value has the wrong type, or a required property is missing.</exception>
    public static MountSpec[] Parse(ReadOnlySpan<byte> json, string documentName = "mounts.json") =>
        SpecReader.ReadDocument(json, documentName, static (ref r) => r.Array(RuntimeSpecParser.ReadMount));
}
