namespace Keelson.Registry.Storage;

/// <summary>A store from which clients can read by themselves.</summary>
public interface IStorageAddresses
{
    /// <summary>Where anybody who has the address can read a file for a while, with GET, and nothing else.</summary>
    /// <param name="path">The file, which is there.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>The address, which is a secret; <see langword="null"/>: this file has none.</returns>
    ValueTask<Uri?> AddressAsync(string path, CancellationToken cancel = default);
}
