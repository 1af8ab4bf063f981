using System.Collections.Concurrent;

namespace Keelson.Acme.Challenges;

/// <summary>Answers at <c>http://HOST/.well-known/acme-challenge/TOKEN</c>. RFC 8555 section 8.3.</summary>
public sealed class HttpChallenges : IChallengeResponder
{
    /// <summary>Where the questions are asked.</summary>
    public const string PathPrefix = "/.well-known/acme-challenge/";

    private readonly ConcurrentDictionary<string, string> answers = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Type => "http-01";

    /// <inheritdoc/>
    public IDisposable Answer(string host, string token, string authorization)
    {
        answers[token] = authorization;
        return new Answering(() => answers.TryRemove(token, out _));
    }

    /// <summary>The body of the answer to a request for a path; <see langword="null"/>: there is nothing.</summary>
    public string? Find(string? path) => path is not null && path.StartsWith(PathPrefix, StringComparison.Ordinal) ? answers.GetValueOrDefault(path[PathPrefix.Length..]) : null;
}
