using System.Security.Cryptography;

namespace Keelson.Notary.Keys;

/// <summary>How a <see cref="KeyVault"/> keeps keys.</summary>
public sealed record KeyVaultOptions
{
    /// <summary>Which passphrase new keys are wrapped with. The alias is kept with a key, so that another one may be used from some day on.</summary>
    public required string DefaultAlias { get; init; }

    /// <summary>The passphrase of an alias; <see langword="null"/> or empty: there is none.</summary>
    public required Func<string, string?> Passphrase { get; init; }

    /// <summary>Rounds that make a key of a passphrase: 8192, as notary-signer. Keys say theirs, so that it may change.</summary>
    public int Rounds { get; init; } = 8192;

    /// <summary>Most keys that are kept parsed: 10,000, about 1 kB each.</summary>
    public int CacheLimit { get; init; } = 10_000;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Passphrases where notary-signer looks for them: <c>NOTARY_SIGNER_&lt;ALIAS&gt;</c> of the environment, in capitals.</summary>
    /// <param name="defaultAlias">Which one new keys are wrapped with; <see langword="null"/>: <c>NOTARY_SIGNER_DEFAULT_ALIAS</c> says it.</param>
    /// <exception cref="KeelsonException">InvalidArgument: nothing says it, or the environment has no passphrase for it.</exception>
    public static KeyVaultOptions FromEnvironment(string? defaultAlias = null)
    {
        const string prefix = "NOTARY_SIGNER_";
        string alias = defaultAlias ?? Environment.GetEnvironmentVariable(prefix + "DEFAULT_ALIAS") ?? throw new KeelsonException(ErrorKind.InvalidArgument, $"keys: {prefix}DEFAULT_ALIAS is not set");
        static string? Find(string alias) => Environment.GetEnvironmentVariable(prefix + alias.ToUpperInvariant());
        if (string.IsNullOrEmpty(Find(alias))) throw new KeelsonException(ErrorKind.InvalidArgument, $"keys: {prefix}{alias.ToUpperInvariant()} is not set");
        return new() { DefaultAlias = alias, Passphrase = Find };
    }

    /// <summary>A passphrase that nobody knows, for keys that live as long as the process.</summary>
    public static KeyVaultOptions ForMemory()
    {
        string secret = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        // The secret has all the strength that rounds could give.
        return new() { DefaultAlias = "memory", Passphrase = _ => secret, Rounds = 1 };
    }
}
