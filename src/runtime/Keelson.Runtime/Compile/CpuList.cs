namespace Keelson.Runtime.Compile;

/// <summary>Lists of CPUs or memory nodes such as <c>0-3,7</c>. cpuset(7) "List format".</summary>
internal static class CpuList
{
    /// <summary>Bound of the kernel's own masks.</summary>
    private const int MaximumNumber = 8191;

    /// <summary>The list as a bit mask, a whole number of 8-byte words long.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: not a list, or a number above 8191.</exception>
    public static byte[] Parse(string list, string property)
    {
        byte[] mask = new byte[(MaximumNumber + 1) / 8];
        int highest = 0;
        foreach (string part in list.Split(','))
        {
            string range = part.Trim();
            int dash = range.IndexOf('-');
            if (!Number(dash < 0 ? range : range[..dash], out int first) || !Number(dash < 0 ? range : range[(dash + 1)..], out int last) || last < first)
                throw new KeelsonException(ErrorKind.InvalidArgument, $"{property}: '{list}' is not a list of numbers and ranges");
            for (int i = first; i <= last; i++) mask[i / 8] |= (byte)(1 << (i % 8));
            highest = Math.Max(highest, last);
        }
        return mask[..((highest / 64 + 1) * 8)];
    }

    private static bool Number(string text, out int number) =>
        int.TryParse(text, System.Globalization.NumberStyles.None, null, out number) && number <= MaximumNumber;
}
