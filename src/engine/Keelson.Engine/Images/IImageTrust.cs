using Keelson.Oci;

namespace Keelson.Engine.Images;

/// <summary>Says which content a name may mean, before the registry is asked for it.</summary>
public interface IImageTrust
{
    /// <summary>Looks a name up.</summary>
    /// <param name="reference">The name, with a tag or a digest.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>The only content that may be pulled under this name; <see langword="null"/>: nothing is asked of the name, and the registry says what it means.</returns>
    /// <exception cref="KeelsonException">
    /// PermissionDenied: those who must sign did not, or it is signed for other content. FailedPrecondition: what is signed has expired or is older than what was seen before.
    /// NotFound: nobody signed this name. Unavailable: it cannot be known now. The image must not be pulled.
    /// </exception>
    Task<TrustedContent?> ResolveAsync(ImageReference reference, CancellationToken cancel = default);
}

/// <summary>Content that a name may mean.</summary>
/// <param name="Digest">Its digest.</param>
/// <param name="SizeBytes">Length of its manifest; 0 when it is not said.</param>
/// <param name="Signers">The roles that signed it.</param>
public sealed record TrustedContent(Digest Digest, long SizeBytes, IReadOnlyList<string> Signers);
