namespace Keelson.Oci;

/// <summary>Lists of CPUs or memory nodes as people write them: <c>0-3,7</c>.</summary>
/// <remarks>cpuset(7) "List format".</remarks>
public static class IndexList
{
    /// <summary>Largest index, 8191: what the kernel supports at most (CONFIG_NR_CPUS).</summary>
    public const int MaxIndex = 8191;

    /// <summary>Reads a list. Blanks around its parts are allowed, as in the kernel.</summary>
    /// <param name="text">The list; not empty.</param>
    /// <returns>A bit for each index, as sched_setaffinity(2) and set_mempolicy(2) take it; <see langword="null"/> when the text is no list.</returns>
    public static ulong[]? ParseMask(ReadOnlySpan<char> text)
    {
        ulong[] mask = [];
        foreach (Range part in text.Split(','))
        {
            ReadOnlySpan<char> item = text[part].Trim();
            int dash = item.IndexOf('-');
            if (!TryIndex(dash < 0 ? item : item[..dash], out int first) || !TryIndex(dash < 0 ? item : item[(dash + 1)..], out int last) || last < first)
                return null;
            if (last / 64 >= mask.Length) Array.Resize(ref mask, last / 64 + 1);
            for (int i = first; i <= last; i++) mask[i / 64] |= 1UL << (i % 64);
        }
        return mask;
    }

    private static bool TryIndex(ReadOnlySpan<char> text, out int index)
    {
        index = 0;
        if (text.IsEmpty) return false;
        foreach (char c in text)
        {
            if (!char.IsAsciiDigit(c) || (index = index * 10 + (c - '0')) > MaxIndex) return false;
        }
        return true;
    }
}
