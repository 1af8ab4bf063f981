using System.Globalization;
using System.Text;

namespace Keelson.Acme.Protocol;

/// <summary>Errors of what an authority says is wrong. RFC 8555 section 6.7.</summary>
internal static class Problems
{
    private const string Prefix = "urn:ietf:params:acme:error:";

    /// <summary>Longest text of a stranger that gets into a message.</summary>
    private const int TextLimit = 400;

    /// <summary>Most parts of a problem that are told.</summary>
    private const int PartLimit = 4;

    /// <summary>The error of a problem.</summary>
    /// <param name="step">What was done.</param>
    /// <param name="status">The status of the answer; 0: the problem was part of a document.</param>
    /// <param name="problem">What the authority said; <see langword="null"/>: nothing.</param>
    /// <param name="retryAfter">When it wants to be asked again.</param>
    public static AcmeException Error(string step, int status, ProblemDocument? problem, TimeSpan? retryAfter = null)
    {
        string? type = problem?.Type is { } named ? Tidy(named.StartsWith(Prefix, StringComparison.Ordinal) ? named[Prefix.Length..] : named) : null;
        ErrorKind kind = (type, status) switch
        {
            ("rateLimited" or "serverInternal" or "badNonce", _) or (_, 0 or 429 or >= 500) => ErrorKind.Unavailable,
            ("unauthorized" or "caa" or "rejectedIdentifier" or "externalAccountRequired" or "userActionRequired", _) => ErrorKind.PermissionDenied,
            _ => ErrorKind.FailedPrecondition,
        };
        List<string> parts = [];
        if (status != 0) parts.Add(status.ToString(CultureInfo.InvariantCulture));
        if (type is not null) parts.Add(type);
        if (problem?.Detail is { Length: > 0 } detail) parts.Add(Tidy(detail));
        foreach (ProblemDocument? part in (problem?.Subproblems ?? []).Take(PartLimit))
            if (part?.Detail is { Length: > 0 } more) parts.Add(Tidy(more));
        if (parts.Count == 0) parts.Add("the authority does not say why");
        return new(kind, $"{step}: {string.Join(": ", parts)}", type, retryAfter);
    }

    /// <summary>A stranger's text on one line, not longer than it has to be.</summary>
    public static string Tidy(string text)
    {
        StringBuilder tidy = new();
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, TextLimit))) tidy.Append(char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? ' ' : c);
        return text.Length > TextLimit ? tidy.Append('…').ToString() : tidy.ToString();
    }
}
