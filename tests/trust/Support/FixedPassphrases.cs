namespace Keelson.Trust.Tests.Support;

/// <summary>One passphrase for all keys.</summary>
internal sealed class FixedPassphrases(string passphrase = FixedPassphrases.Usual) : IPassphraseSource
{
    public const string Usual = "passw0rd of tests";

    public string? Find(PassphraseRequest request) => request.Attempt == 0 ? passphrase : null;
}
