using System.Text;
using Keelson.Netlink;

namespace Keelson.Cni;

/// <summary>What may be a name. CNI 1.1 "Parameters": names become parts of paths, so none has a way out of its directory.</summary>
public static class CniNames
{
    /// <summary>Longest name of a container or a network: with what is put behind it, it is still a file's.</summary>
    public const int LimitChars = 200;

    /// <summary>Whether a text may name a network or a container: letters, digits, <c>_</c>, <c>.</c>, <c>-</c>, the first a letter or digit.</summary>
    public static bool IsName(string? text) => text is { Length: > 0 and <= LimitChars } && char.IsAsciiLetterOrDigit(text[0]) && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-');

    /// <summary>Whether a text may name a network device. dev_valid_name of the kernel.</summary>
    public static bool IsDevice(string? text) =>
        text is { Length: > 0 } and not ("." or ".." or "lo") && Encoding.UTF8.GetByteCount(text) <= LinkMessage.MaximumNameBytes && !text.Any(letter => letter is '/' or ':' or '%' || char.IsWhiteSpace(letter) || char.IsControl(letter));

    /// <summary>Whether a text may name a program of a plug-in: a file's name and nothing else.</summary>
    public static bool IsType(string? text) => text is { Length: > 0 and <= LimitChars } and not ("." or "..") && !text.Any(letter => letter == '/' || char.IsControl(letter));
}
