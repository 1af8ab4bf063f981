using System.Text;

namespace Keelson.Fuzz.Targets;

/// <summary>Checks of the targets.</summary>
internal static class Same
{
    /// <summary>Throws unless two texts are the same.</summary>
    public static void Bytes(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> actual)
    {
        if (!expected.SequenceEqual(actual))
            throw new InvalidOperationException($"expected {Encoding.UTF8.GetString(expected)}\nis {Encoding.UTF8.GetString(actual)}");
    }
}
