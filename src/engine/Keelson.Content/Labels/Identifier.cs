namespace Keelson.Content;

/// <summary>The rule for names of namespaces, containers, leases and sandboxes; as containerd.</summary>
public static class Identifier
{
    /// <summary>Longest identifier, in characters.</summary>
    public const int LimitCharacters = 76;

    /// <summary>Longest name that is no identifier: of an image, a snapshot, a reference. Nothing real comes near it.</summary>
    public const int NameLimitCharacters = 4096;

    /// <summary>Whether a text is an identifier: letters and digits of ASCII, between them single <c>.</c>, <c>_</c> or <c>-</c>.</summary>
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > LimitCharacters || !char.IsAsciiLetterOrDigit(text[^1])) return false;
        bool afterLetter = false;
        foreach (char c in text)
        {
            bool isLetter = char.IsAsciiLetterOrDigit(c);
            if (!isLetter && !(afterLetter && c is '.' or '_' or '-')) return false;
            afterLetter = isLetter;
        }
        return true;
    }

    /// <summary>Refuses what is no identifier.</summary>
    /// <param name="what">What it names, for the message.</param>
    /// <param name="text">The name.</param>
    /// <exception cref="KeelsonException">InvalidArgument: it breaks the rule.</exception>
    public static void Check(string what, string text)
    {
        if (!IsValid(text))
            throw new KeelsonException(ErrorKind.InvalidArgument,
                $"{what} '{text[..Math.Min(text.Length, LimitCharacters)]}': is not 1 to {LimitCharacters} letters and digits with single . _ - between them");
    }

    /// <summary>Refuses a free name that is empty, too long or holds control characters.</summary>
    /// <inheritdoc cref="Check" path="/param|/exception"/>
    internal static void CheckName(string what, string text)
    {
        if (text.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"{what} '': is empty");
        if (text.Length > NameLimitCharacters) throw new KeelsonException(ErrorKind.InvalidArgument, $"{what} '{text[..64]}': is longer than {NameLimitCharacters} characters");
        if (text.AsSpan().ContainsAnyInRange('\0', '\x1f')) throw new KeelsonException(ErrorKind.InvalidArgument, $"{what}: holds a control character");
    }
}
