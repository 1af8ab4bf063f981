namespace Keelson.Oci;

/// <summary>Size of a terminal in characters.</summary>
/// <remarks>runtime-spec 1.3 config "Process", <c>consoleSize</c>.</remarks>
public sealed class ConsoleSize
{
    /// <summary>Rows.</summary>
    public uint Height { get; set; }

    /// <summary>Columns.</summary>
    public uint Width { get; set; }
}
