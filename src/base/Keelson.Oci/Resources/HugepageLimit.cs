namespace Keelson.Oci;

/// <summary>Limit of huge pages of one size.</summary>
/// <remarks>runtime-spec 1.3 config-linux "Huge page limits".</remarks>
public sealed class HugepageLimit
{
    /// <summary>Page size as the kernel writes it in file names: <c>64KB</c>, <c>2MB</c>, <c>1GB</c>.</summary>
    public string PageSize { get; set; } = "";

    /// <summary>Bytes.</summary>
    public ulong Limit { get; set; }
}
