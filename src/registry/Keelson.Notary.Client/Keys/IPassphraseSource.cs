namespace Keelson.Notary.Client;

/// <summary>Knows passphrases of keys: from the environment, or asks someone.</summary>
public interface IPassphraseSource
{
    /// <summary>The passphrase, or null when there is none to try.</summary>
    /// <param name="request">What for.</param>
    string? Find(PassphraseRequest request);
}
