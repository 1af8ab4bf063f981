using System.Text;

namespace Keelson.Distribution;

/// <summary>One way to authenticate that a server offers.</summary>
/// <remarks>RFC 9110 section 11.6.1: <c>scheme name=value, name="value"</c>; one header may have several.</remarks>
public sealed class AuthChallenge
{
    /// <summary>Longest header that is read: 8 KiB.</summary>
    public const int MaxHeader = 8192;

    private const int MaxChallenges = 16, MaxParameters = 32;

    private AuthChallenge(string scheme) => Scheme = scheme;

    /// <summary>The scheme in lower case: <c>basic</c>, <c>bearer</c>.</summary>
    public string Scheme { get; }

    /// <summary>The parameters; names are in lower case.</summary>
    public IReadOnlyDictionary<string, string> Parameters => parameters;

    private readonly Dictionary<string, string> parameters = new(StringComparer.Ordinal);

    /// <summary>Reads the value of a <c>WWW-Authenticate</c> header. What is not well formed ends the reading; what came before it is kept.</summary>
    public static IReadOnlyList<AuthChallenge> Parse(string header)
    {
        ArgumentNullException.ThrowIfNull(header);
        List<AuthChallenge> challenges = [];
        if (header.Length > MaxHeader) return challenges;
        int at = 0;
        while (challenges.Count < MaxChallenges)
        {
            SkipSeparators(header, ref at);
            string scheme = Token(header, ref at);
            if (scheme.Length == 0 || at < header.Length && header[at] is not (' ' or '\t' or ',')) break;
            AuthChallenge challenge = new(scheme.ToLowerInvariant());
            challenges.Add(challenge);
            if (!challenge.ReadParameters(header, ref at)) break;
        }
        return challenges;
    }

    /// <summary>Reads parameters until the next scheme or the end; false when the rest cannot be read.</summary>
    private bool ReadParameters(string header, ref int at)
    {
        while (at < header.Length)
        {
            int start = at;
            SkipSeparators(header, ref at);
            string name = Token(header, ref at);
            if (name.Length == 0) return false;
            SkipSpace(header, ref at);
            if (at >= header.Length || header[at] != '=')
            {
                // A word without a value is the next scheme.
                at = start;
                return true;
            }
            at++;
            SkipSpace(header, ref at);
            string? value = at < header.Length && header[at] == '"' ? Quoted(header, ref at) : Token(header, ref at);
            if (value is null || parameters.Count == MaxParameters || !parameters.TryAdd(name.ToLowerInvariant(), value)) return false;
        }
        return true;
    }

    private static string? Quoted(string header, ref int at)
    {
        StringBuilder value = new();
        for (at++; at < header.Length; at++)
        {
            if (header[at] == '"')
            {
                at++;
                return value.ToString();
            }
            if (header[at] == '\\' && ++at == header.Length) return null;
            value.Append(header[at]);
        }
        return null;
    }

    private static string Token(string header, ref int at)
    {
        int start = at;
        while (at < header.Length && (char.IsAsciiLetterOrDigit(header[at]) || "!#$%&'*+-.^_`|~/:?".Contains(header[at], StringComparison.Ordinal))) at++;
        return header[start..at];
    }

    private static void SkipSpace(string header, ref int at)
    {
        while (at < header.Length && header[at] is (' ' or '\t')) at++;
    }

    private static void SkipSeparators(string header, ref int at)
    {
        while (at < header.Length && header[at] is (' ' or '\t' or ',')) at++;
    }
}
