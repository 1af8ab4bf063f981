using System.Net;
using System.Net.Http.Headers;
using Keelson.Oci;

namespace Keelson.Distribution;

public sealed partial class RegistryClient
{
    /// <summary>Largest manifest that is read: 4 MiB, as distribution-spec "Pushing Manifests" recommends.</summary>
    public const int MaxManifestBytes = DocumentLimits.MaxBytes;

    /// <summary>Finds what a reference names now. distribution-spec "end-3".</summary>
    /// <exception cref="RegistryException">NotFound: there is no such image.</exception>
    public Task<Descriptor> ResolveAsync(ImageReference reference, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        string operation = $"resolve {reference}";
        HostCapabilities needed = reference.Digest.IsEmpty ? HostCapabilities.Resolve : HostCapabilities.Pull;
        return FirstAsync(reference.Repository.Registry, needed, operation, async host =>
        {
            Uri url = ManifestUrl(host, reference.Repository, reference.Target);
            AuthScope scope = AuthScope.Pull(reference.Repository);
            using HttpResponseMessage answer = await SendAsync(host, operation, HttpMethod.Head, url, scope, cancellation, AcceptManifests).ConfigureAwait(false);
            Digest digest = answer.StatusCode == HttpStatusCode.OK ? DigestHeader(answer, operation) : default;
            HttpContentHeaders headers = answer.Content.Headers;
            if (!digest.IsEmpty && headers.ContentLength is > 0 and <= MaxManifestBytes && MediaType(headers) is { } type && MediaTypes.Manifests.Contains(type))
            {
                if (!reference.Digest.IsEmpty && digest != reference.Digest && digest.Algorithm == reference.Digest.Algorithm)
                    throw new RegistryException(ErrorKind.DataLoss, $"{operation}: the registry has {digest} in its place");
                return new Descriptor { MediaType = type, Digest = reference.Digest.IsEmpty ? digest : reference.Digest, Size = headers.ContentLength.Value };
            }
            if (answer.StatusCode == HttpStatusCode.NotFound) throw await ErrorAsync(answer, operation, cancellation).ConfigureAwait(false);
            // A registry that does not answer HEAD in full answers GET, whose body says the rest, or why not.
            return (await GetManifestAsync(host, reference.Repository, reference.Target, operation, cancellation).ConfigureAwait(false)).Descriptor;
        });
    }

    /// <summary>Fetches a manifest or index by tag or digest; the content is checked against the digest. distribution-spec "end-3".</summary>
    /// <exception cref="RegistryException">NotFound: there is none. DataLoss: the registry sent other content. InvalidArgument: it is larger than 4 MiB.</exception>
    public Task<ManifestContent> FetchManifestAsync(ImageReference reference, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        string operation = $"fetch the manifest of {reference}";
        HostCapabilities needed = reference.Digest.IsEmpty ? HostCapabilities.Resolve : HostCapabilities.Pull;
        return FirstAsync(reference.Repository.Registry, needed, operation,
            host => GetManifestAsync(host, reference.Repository, reference.Target, operation, cancellation));
    }

    /// <summary>Stores a manifest under a tag, or under its digest alone. What it refers to must be there. distribution-spec "end-7".</summary>
    /// <param name="repository">Where.</param>
    /// <param name="tag">The tag; <see langword="null"/>: none.</param>
    /// <param name="mediaType">Its media type.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Its descriptor.</returns>
    /// <exception cref="RegistryException">InvalidArgument: the registry does not take it. DataLoss: it stored other content.</exception>
    public Task<Descriptor> PushManifestAsync(RepositoryName repository, string? tag, string mediaType, ReadOnlyMemory<byte> content, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        Descriptor descriptor = new() { MediaType = mediaType, Digest = Digest.Of(content.Span), Size = content.Length };
        string target = tag ?? descriptor.Digest.ToString(), operation = $"push the manifest of {repository}:{target}";
        return FirstAsync(repository.Registry, HostCapabilities.Push, operation, async host =>
        {
            using HttpResponseMessage answer = await SendAsync(host, operation, HttpMethod.Put, ManifestUrl(host, repository, target), AuthScope.Push(repository), cancellation, request =>
            {
                request.Content = new ReadOnlyMemoryContent(content);
                request.Content.Headers.TryAddWithoutValidation("Content-Type", mediaType);
            }).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode) throw await ErrorAsync(answer, operation, cancellation).ConfigureAwait(false);
            Digest stored = DigestHeader(answer, operation);
            if (!stored.IsEmpty && stored.Algorithm == descriptor.Digest.Algorithm && stored != descriptor.Digest)
                throw new RegistryException(ErrorKind.DataLoss, $"{operation}: the registry stored {stored} in place of {descriptor.Digest}");
            await AttachAsync(host, repository, descriptor, content, answer, cancellation).ConfigureAwait(false);
            return descriptor;
        });
    }

    /// <summary>Deletes a manifest by its digest, or a tag. distribution-spec "end-9".</summary>
    /// <exception cref="RegistryException">NotFound: there is none. Unsupported: the registry does not delete.</exception>
    public Task DeleteManifestAsync(ImageReference reference, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return DeleteAsync(reference.Repository, "manifests/" + reference.Target, $"delete {reference}", cancellation);
    }

    private Task DeleteAsync(RepositoryName repository, string resource, string operation, CancellationToken cancellation) =>
        FirstAsync(repository.Registry, HostCapabilities.Push, operation, async host =>
        {
            Uri url = host.Resource($"{repository.Path}/{resource}", repository.Registry);
            using HttpResponseMessage answer = await SendAsync(host, operation, HttpMethod.Delete, url, AuthScope.Delete(repository), cancellation).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode) throw await ErrorAsync(answer, operation, cancellation).ConfigureAwait(false);
            return true;
        });

    private async Task<ManifestContent> GetManifestAsync(RegistryHost host, RepositoryName repository, string target, string operation, CancellationToken cancellation)
    {
        Uri url = ManifestUrl(host, repository, target);
        for (int failures = 1; ; failures++)
        {
            using HttpResponseMessage answer = await SendAsync(host, operation, HttpMethod.Get, url, AuthScope.Pull(repository), cancellation, AcceptManifests).ConfigureAwait(false);
            if (answer.StatusCode != HttpStatusCode.OK) throw await ErrorAsync(answer, operation, cancellation).ConfigureAwait(false);
            try
            {
                byte[] content = await transport.ReadAllAsync(answer, MaxManifestBytes, operation, cancellation).ConfigureAwait(false);
                return Check(answer, content, target, operation);
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                if (failures >= transport.Retry.Attempts) throw RegistryErrors.Connection(e, host, operation);
                await transport.Retry.WaitAsync(transport.Retry.Delay(failures, null)!.Value, cancellation).ConfigureAwait(false);
            }
        }
    }

    private static ManifestContent Check(HttpResponseMessage answer, byte[] content, string target, string operation)
    {
        Digest said = DigestHeader(answer, operation);
        Digest expected = Digest.TryParse(target, out Digest asked) ? asked : said;
        Digest found = expected.IsEmpty ? Digest.Of(content) : HashAs(expected, content);
        if (!expected.IsEmpty && found != expected)
            throw new RegistryException(ErrorKind.DataLoss, $"{operation}: the registry sent {found} in place of {expected}", (int)answer.StatusCode);
        string? declared = MediaType(answer.Content.Headers);
        ImageDocumentKind kind = Identify(content, MediaTypes.Manifests.Contains(declared) ? declared : null, operation);
        string type = kind == ImageDocumentKind.Index ? ImageIndex.Parse(content, declared).MediaType! : ImageManifest.Parse(content, declared).MediaType!;
        return new(new Descriptor { MediaType = type, Digest = found, Size = content.Length }, content);
    }

    private static ImageDocumentKind Identify(byte[] content, string? declared, string operation)
    {
        try
        {
            return ImageDocument.Identify(content, declared);
        }
        catch (KeelsonException e)
        {
            throw new RegistryException(e.Kind, $"{operation}: the registry sent a document that is not taken", inner: e);
        }
    }

    private static Digest HashAs(Digest like, ReadOnlySpan<byte> content)
    {
        using var hash = like.CreateHash();
        hash.AppendData(content);
        return Digest.FromHash(hash.GetHashAndReset());
    }

    private static string? MediaType(HttpContentHeaders headers) =>
        headers.NonValidated.TryGetValues("Content-Type", out HeaderStringValues values) ? MediaTypes.WithoutParameters(values.First()) : null;

    private static void AcceptManifests(HttpRequestMessage request)
    {
        foreach (string type in MediaTypes.Manifests) request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(type));
    }

    private static Uri ManifestUrl(RegistryHost host, RepositoryName repository, string target) => host.Resource($"{repository.Path}/manifests/{target}", repository.Registry);
}
