using System.Collections.Concurrent;

namespace Keelson.Tuf;

/// <summary>Parsed public keys by their text. Parsing one costs four times what one verification does, and every metadata repeats them.</summary>
public sealed class TufKeyCache
{
    /// <summary>Keys that are kept: 4096. Beyond it the cache starts anew, so that a hostile repository cannot fill memory.</summary>
    public const int Capacity = 4096;

    private readonly ConcurrentDictionary<(string Type, string Scheme, string Public), ITufVerifier?> verifiers = new();

    internal ITufVerifier? GetOrAdd(string type, string scheme, string text, Func<string, string, string, ITufVerifier?> parse)
    {
        if (verifiers.TryGetValue((type, scheme, text), out ITufVerifier? verifier)) return verifier;
        verifier = parse(type, scheme, text);
        if (verifiers.Count >= Capacity) verifiers.Clear();
        verifiers[(type, scheme, text)] = verifier;
        return verifier;
    }
}
