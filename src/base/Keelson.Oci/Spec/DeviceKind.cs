namespace Keelson.Oci;

/// <summary>Types of device nodes, each with the letter that stands for it.</summary>
public enum DeviceKind : byte
{
    /// <summary>Block and character devices; in rules only.</summary>
    All = (byte)'a',
    /// <summary>Block device.</summary>
    Block = (byte)'b',
    /// <summary>Character device.</summary>
    Char = (byte)'c',
    /// <summary>Unbuffered character device, on Linux the same as <see cref="Char"/>; in nodes only.</summary>
    Unbuffered = (byte)'u',
    /// <summary>Named pipe; in nodes only.</summary>
    Fifo = (byte)'p',
}
