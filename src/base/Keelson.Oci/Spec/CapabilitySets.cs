namespace Keelson.Oci;

/// <summary>Capability names (<c>CAP_CHOWN</c>…) for the five sets of a thread. A name that is not known or not granted is a warning.</summary>
/// <remarks>runtime-spec 1.3 config "Linux Process", capabilities(7). An absent set is empty.</remarks>
public sealed class CapabilitySets
{
    /// <summary>Limits what execve can gain.</summary>
    public string[]? Bounding { get; set; }

    /// <summary>What the kernel checks.</summary>
    public string[]? Effective { get; set; }

    /// <summary>What stays across execve of a file that has it inheritable.</summary>
    public string[]? Inheritable { get; set; }

    /// <summary>What the effective set may hold.</summary>
    public string[]? Permitted { get; set; }

    /// <summary>What stays across execve of an ordinary file.</summary>
    public string[]? Ambient { get; set; }
}
