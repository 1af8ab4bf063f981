namespace Keelson.Tuf;

/// <summary>Gets files of a repository. It need not be trusted: limits, rates and all checks are the client's.</summary>
public interface ITufFetcher
{
    /// <summary>Opens a file.</summary>
    /// <param name="path">Its name relative to the repository's address, ready for a URL.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The content, which the caller disposes; null when there is no such file.</returns>
    /// <exception cref="TufException"><see cref="TufFault.Unavailable"/>: the repository does not answer.</exception>
    Task<Stream?> OpenAsync(string path, CancellationToken cancellation);
}
