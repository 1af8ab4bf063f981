namespace Keelson.Notary.Client;

/// <summary>Files of one collection, for the workflow of TUF.</summary>
internal sealed class RemoteFetcher(NotaryRemote remote, string gun) : ITufFetcher
{
    public Task<Stream?> OpenAsync(string path, CancellationToken cancellation) => remote.OpenAsync(gun, path, cancellation);
}
