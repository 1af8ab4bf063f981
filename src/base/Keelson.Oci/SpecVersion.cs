namespace Keelson.Oci;

/// <summary>A version of a specification. SemVer 2.0.</summary>
/// <param name="Major">Changes that break.</param>
/// <param name="Minor">Additions.</param>
/// <param name="Patch">Corrections.</param>
/// <param name="Suffix">What stands behind the numbers, with its <c>-</c> or <c>+</c>; empty for a release.</param>
public readonly record struct SpecVersion(int Major, int Minor, int Patch, string Suffix)
{
    /// <summary>The version that this library implements: 1.3.0.</summary>
    public const string Current = "1.3.0";

    /// <summary>Reads a version.</summary>
    /// <returns>Whether the text is one.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out SpecVersion version)
    {
        version = default;
        int suffix = text.IndexOfAny('-', '+');
        ReadOnlySpan<char> rest = suffix < 0 ? text : text[..suffix];
        if (!TryNumber(ref rest, out int major) || !TryNumber(ref rest, out int minor) || !TryNumber(ref rest, out int patch) || rest.Length != 0) return false;
        if (suffix >= 0 && !IsSuffix(text[suffix..])) return false;
        version = new(major, minor, patch, suffix < 0 ? "" : text[suffix..].ToString());
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Major}.{Minor}.{Patch}{Suffix}";

    // Takes a number without leading zeros and the point behind it.
    private static bool TryNumber(ref ReadOnlySpan<char> text, out int number)
    {
        int point = text.IndexOf('.');
        ReadOnlySpan<char> digits = point < 0 ? text : text[..point];
        number = 0;
        text = point < 0 ? [] : text[(point + 1)..];
        if (digits.IsEmpty || digits.Length > 9 || (digits.Length > 1 && digits[0] == '0')) return false;
        foreach (char c in digits)
        {
            if (!char.IsAsciiDigit(c)) return false;
            number = number * 10 + (c - '0');
        }
        return true;
    }

    // "-" pre-release and "+" build: identifiers of letters, digits and hyphens, separated by points.
    private static bool IsSuffix(ReadOnlySpan<char> suffix)
    {
        int plus = suffix.IndexOf('+');
        ReadOnlySpan<char> release = plus < 0 ? suffix : suffix[..plus];
        return (release.IsEmpty || AreIdentifiers(release[1..])) && (plus < 0 || AreIdentifiers(suffix[(plus + 1)..]));
    }

    private static bool AreIdentifiers(ReadOnlySpan<char> text)
    {
        foreach (Range part in text.Split('.'))
        {
            ReadOnlySpan<char> identifier = text[part];
            if (identifier.IsEmpty) return false;
            foreach (char c in identifier)
                if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
        }
        return true;
    }
}
