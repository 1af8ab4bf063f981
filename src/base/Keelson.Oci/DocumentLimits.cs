namespace Keelson.Oci;

/// <summary>Limits for the documents that are read here, so that a hostile one cannot exhaust the reader's memory or stack.</summary>
public static class DocumentLimits
{
    /// <summary>Most bytes of a document: 4 MiB.</summary>
    /// <remarks>
    /// execve(2) takes 2 MiB of arguments and environment under the usual stack limit, and everything else in a configuration is kilobytes.
    /// A parsed document takes up to about ten times its size, which stays within the heap limit of the runtime's executable.
    /// </remarks>
    public const int MaxBytes = 4 << 20;

    /// <summary>Most levels of nesting: 128. The specification needs seven; the rest is for properties that are skipped.</summary>
    public const int MaxDepth = 128;

    /// <summary>Most entries of one array or map: 65,536. Documents of this size hold objects that take many times the bytes that wrote them.</summary>
    public const int MaxEntries = 65_536;
}
