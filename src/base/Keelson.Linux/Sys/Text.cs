using System.Text;

namespace Keelson.Linux.Sys;

/// <summary>Strings as the kernel takes them.</summary>
public static class Text
{
    /// <summary>UTF-8 with a zero byte at the end.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the text holds a zero character, which would cut it short.</exception>
    public static byte[] Utf8Z(string text)
    {
        if (text.Contains('\0')) throw new KeelsonException(ErrorKind.InvalidArgument, $"'{text.Replace("\0", "\\0", StringComparison.Ordinal)}' contains a zero byte");
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(text) + 1];
        Encoding.UTF8.GetBytes(text, bytes);
        return bytes;
    }
}
