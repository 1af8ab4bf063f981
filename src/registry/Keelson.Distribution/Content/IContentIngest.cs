namespace Keelson.Distribution;

/// <summary>Content by digest, to be written: what a pull fills. A content store implements it; so does <see cref="OciLayout"/>.</summary>
public interface IContentIngest : IContentSource
{
    /// <summary>Opens a write, or goes on with one that was broken off.</summary>
    /// <param name="reference">Names the write, the same before and after a restart: <c>layer-sha256:…</c>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="KeelsonException">Unavailable: someone else writes under this reference.</exception>
    ValueTask<IBlobWriter> OpenWriterAsync(string reference, CancellationToken cancellation);
}
