namespace Keelson.Acme.Challenges;

/// <summary>Proves to an authority who holds a name. RFC 8555 section 8.</summary>
public interface IChallengeResponder
{
    /// <summary>The kind of proof, as the authority calls it: <c>http-01</c>, <c>tls-alpn-01</c>.</summary>
    string Type { get; }

    /// <summary>Begins to answer.</summary>
    /// <param name="host">The name.</param>
    /// <param name="token">What the authority calls the question; characters of base64url.</param>
    /// <param name="authorization">The answer: token and thumbprint of the account's key.</param>
    /// <returns>Ends it.</returns>
    IDisposable Answer(string host, string token, string authorization);
}
