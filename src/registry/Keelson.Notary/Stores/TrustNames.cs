using System.Text;

namespace Keelson.Notary.Stores;

/// <summary>Names that notary's tables can keep.</summary>
internal static class TrustNames
{
    /// <summary>Longest name of a collection or role: the columns of notary's tables.</summary>
    public const int Limit = 255;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether all of them are text that every database takes. What is not is not there either.</summary>
    public static bool AreStorable(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
            if (!IsStorable(name)) return false;
        return true;
    }

    private static bool IsStorable(string name)
    {
        // PostgreSQL has no NUL in texts, and halves of a character are none in UTF-8.
        if (name.Length is 0 or > Limit || name.Contains('\0', StringComparison.Ordinal)) return false;
        try
        {
            return Strict.GetByteCount(name) > 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }
}
