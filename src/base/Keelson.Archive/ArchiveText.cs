using System.Globalization;
using System.Text;

namespace Keelson.Archive;

/// <summary>Names of entries for people.</summary>
internal static class ArchiveText
{
    private const int LongestShown = 200;

    /// <summary>The name as text: UTF-8, what is not printable as <c>\x1b</c>, cut off after 200 characters.</summary>
    public static string Show(ReadOnlySpan<byte> name)
    {
        StringBuilder text = new();
        while (!name.IsEmpty && text.Length < LongestShown)
        {
            bool isRune = Rune.DecodeFromUtf8(name, out Rune rune, out int length) == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune);
            if (isRune) text.Append(rune.ToString());
            else
                foreach (byte b in name[..length]) text.Append(CultureInfo.InvariantCulture, $"\\x{b:x2}");
            name = name[length..];
        }
        return name.IsEmpty ? text.ToString() : text + "...";
    }
}
