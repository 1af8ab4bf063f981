namespace Keelson.Notary.Pkcs11;

/// <summary>What the label of a public half says, so that a token is enough to know what its keys are for.</summary>
/// <remarks>
/// <c>timestamp docker.io/library/alpine</c>, and <c>(unused) timestamp docker.io/library/alpine</c> before the first signature. The role is percent-encoded, so that it has neither spaces nor parentheses;
/// the collection is as it is.
/// </remarks>
/// <param name="Gun">The collection.</param>
/// <param name="Role">The role.</param>
/// <param name="IsUnused">Whether the key has signed nothing yet.</param>
internal readonly record struct TokenLabel(string Gun, string Role, bool IsUnused)
{
    private const string UnusedMark = "(unused) ";

    /// <summary>Reads a label.</summary>
    /// <returns><see langword="null"/>: it is somebody else's.</returns>
    public static TokenLabel? TryParse(string text)
    {
        bool isUnused = text.StartsWith(UnusedMark, StringComparison.Ordinal);
        string[] words = (isUnused ? text[UnusedMark.Length..] : text).Split(' ', 2);
        if (words.Length < 2 || words[0].Length == 0 || words[1].Length == 0) return null;
        TokenLabel label = new(words[1], Uri.UnescapeDataString(words[0]), isUnused);
        return label.ToString() == text ? label : null;
    }

    /// <summary>The text of the label.</summary>
    public override string ToString() => $"{(IsUnused ? UnusedMark : "")}{Uri.EscapeDataString(Role)} {Gun}";
}
