using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Keelson.Oci;

namespace Keelson.Distribution;

public sealed partial class RegistryClient
{
    /// <summary>Most pages that are read of one list: 1,000, of a thousand entries where the registry heeds that. A registry whose list never ends is not followed further.</summary>
    public const int MaxPages = 1_000;

    private const int PageSize = 1000;

    /// <summary>The tags of a repository in the registry's order. distribution-spec "end-8a", with pages.</summary>
    /// <exception cref="RegistryException">NotFound: there is no such repository.</exception>
    public async IAsyncEnumerable<string> ListTagsAsync(RepositoryName repository, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        string operation = $"list the tags of {repository}";
        RegistryHost host = Upstream(repository.Registry);
        Uri? url = new(host.Base, $"{repository.Path}/tags/list?n={PageSize}");
        for (int page = 0; url is not null; page++)
        {
            if (page == MaxPages) throw new RegistryException(ErrorKind.InvalidArgument, $"{operation}: the list has more than {MaxPages} pages");
            (byte[] body, Uri? next) = await PageAsync(host, url, AuthScope.Pull(repository), operation, cancellation).ConfigureAwait(false);
            foreach (string tag in Names(body, "tags", operation))
                if (ImageReference.IsTag(tag)) yield return tag;
            url = next;
        }
    }

    /// <summary>The repositories of a registry in its order, which is distribution's <c>/v2/_catalog</c>, with pages. Many registries do not tell.</summary>
    /// <exception cref="RegistryException">NotFound, Unsupported, PermissionDenied: the registry does not tell.</exception>
    public async IAsyncEnumerable<string> ListRepositoriesAsync(string registry, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        string operation = $"list the repositories of {registry}";
        RegistryHost host = Upstream(registry);
        Uri? url = new(host.Base, $"_catalog?n={PageSize}");
        for (int page = 0; url is not null; page++)
        {
            if (page == MaxPages) throw new RegistryException(ErrorKind.InvalidArgument, $"{operation}: the list has more than {MaxPages} pages");
            (byte[] body, Uri? next) = await PageAsync(host, url, AuthScope.Catalog, operation, cancellation).ConfigureAwait(false);
            foreach (string name in Names(body, "repositories", operation))
                if (RepositoryName.IsPath(name)) yield return name;
            url = next;
        }
    }

    /// <summary>What is attached to a manifest: signatures and the like. distribution-spec "end-12", with its fallback where the registry does not have that.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="subject">The manifest.</param>
    /// <param name="artifactType">Only those of this type; all when left out.</param>
    /// <param name="cancellation">Ends it.</param>
    public async IAsyncEnumerable<Descriptor> ListReferrersAsync(
        RepositoryName repository, Digest subject, string? artifactType = null, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        string operation = $"list the referrers of {repository}@{subject}";
        RegistryHost host = Upstream(repository.Registry);
        string filter = artifactType is null ? "" : "?artifactType=" + Uri.EscapeDataString(artifactType);
        Uri? url = new(host.Base, $"{repository.Path}/referrers/{subject}{filter}");
        for (int page = 0; url is not null; page++)
        {
            if (page == MaxPages) throw new RegistryException(ErrorKind.InvalidArgument, $"{operation}: the list has more than {MaxPages} pages");
            ImageIndex? index = null;
            Uri? next = null;
            try
            {
                (byte[] body, next) = await PageAsync(host, url, AuthScope.Pull(repository), operation, cancellation).ConfigureAwait(false);
                index = ImageIndex.Parse(body, MediaTypes.OciIndex);
            }
            catch (RegistryException e) when (page == 0 && e.Kind is ErrorKind.NotFound or ErrorKind.Unsupported)
            {
                index = await TaggedReferrersAsync(host, repository, subject, operation, cancellation).ConfigureAwait(false);
            }
            // A registry need not filter; doing it here as well is right either way.
            foreach (Descriptor found in index?.Manifests ?? [])
                if (artifactType is null || found.ArtifactType == artifactType) yield return found;
            url = next;
        }
    }

    /// <summary>Keeps the list of referrers by tag where the registry does not do so itself. distribution-spec "Pushing Manifests with Subject".</summary>
    private async Task AttachAsync(RegistryHost host, RepositoryName repository, Descriptor pushed, ReadOnlyMemory<byte> content, HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (!MediaTypes.IsManifest(pushed.MediaType) && !MediaTypes.IsIndex(pushed.MediaType) || Header(answer, "OCI-Subject") is not null) return;
        (Descriptor? subject, string? type, IReadOnlyDictionary<string, string>? annotations) = MediaTypes.IsManifest(pushed.MediaType)
            ? ImageManifest.Parse(content.Span) is var m ? (m.Subject, m.ArtifactType ?? m.Config.MediaType, m.Annotations) : default
            : ImageIndex.Parse(content.Span) is var i ? (i.Subject, i.ArtifactType, i.Annotations) : default;
        if (subject is null) return;
        string operation = $"list {pushed.Digest} among the referrers of {repository}@{subject.Digest}";
        ImageIndex? old = await TaggedReferrersAsync(host, repository, subject.Digest, operation, cancellation).ConfigureAwait(false);
        if (old is not null && old.Manifests.Any(d => d.Digest == pushed.Digest)) return;
        ImageIndex index = new()
        {
            MediaType = MediaTypes.OciIndex,
            Manifests = [.. old?.Manifests ?? [], pushed with { ArtifactType = type, Annotations = annotations }],
        };
        Uri url = ManifestUrl(host, repository, ReferrersTag(subject.Digest));
        using HttpResponseMessage stored = await SendAsync(host, operation, HttpMethod.Put, url, AuthScope.Push(repository), cancellation, request =>
        {
            request.Content = new ByteArrayContent(index.ToUtf8());
            request.Content.Headers.TryAddWithoutValidation("Content-Type", MediaTypes.OciIndex);
        }).ConfigureAwait(false);
        if (!stored.IsSuccessStatusCode) throw await ErrorAsync(stored, operation, cancellation).ConfigureAwait(false);
    }

    private async Task<ImageIndex?> TaggedReferrersAsync(RegistryHost host, RepositoryName repository, Digest subject, string operation, CancellationToken cancellation)
    {
        try
        {
            ManifestContent content = await GetManifestAsync(host, repository, ReferrersTag(subject), operation, cancellation).ConfigureAwait(false);
            return ImageIndex.Parse(content.Content.Span);
        }
        catch (RegistryException e) when (e.Kind == ErrorKind.NotFound)
        {
            return null;
        }
    }

    private static string ReferrersTag(Digest subject) => $"{subject.Algorithm}-{subject.Hex}";

    private RegistryHost Upstream(string registry) => options.Hosts.For(registry)[^1];

    private async Task<(byte[] Body, Uri? Next)> PageAsync(RegistryHost host, Uri url, AuthScope scope, string operation, CancellationToken cancellation)
    {
        using HttpResponseMessage answer = await SendAsync(host, operation, HttpMethod.Get, url, scope, cancellation).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.OK) throw await ErrorAsync(answer, operation, cancellation).ConfigureAwait(false);
        try
        {
            return (await transport.ReadAllAsync(answer, MaxManifestBytes, operation, cancellation).ConfigureAwait(false), NextPage(answer, url, operation));
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw RegistryErrors.Connection(e, host, operation);
        }
    }

    /// <summary>RFC 8288: <c>Link: &lt;url&gt;; rel="next"</c>.</summary>
    private static Uri? NextPage(HttpResponseMessage answer, Uri url, string operation)
    {
        if (Header(answer, "Link") is not { } link || !link.Contains("next", StringComparison.OrdinalIgnoreCase)) return null;
        int start = link.IndexOf('<', StringComparison.Ordinal), end = link.IndexOf('>', StringComparison.Ordinal);
        if (start < 0 || end < start || !Uri.TryCreate(url, link[(start + 1)..end], out Uri? next)) return null;
        if (next.Host != url.Host) throw new RegistryException(ErrorKind.InvalidArgument, $"{operation}: the next page is on another host, {next.Authority}");
        // Behind a proxy some registries name the scheme or port by which they were reached themselves.
        return new Uri(new Uri(url.GetLeftPart(UriPartial.Authority)), next.PathAndQuery);
    }

    private static List<string> Names(byte[] body, string member, string operation)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            if (!document.RootElement.TryGetProperty(member, out JsonElement names) || names.ValueKind == JsonValueKind.Null) return [];
            return [.. names.EnumerateArray().Select(name => name.GetString() ?? "")];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RegistryException(ErrorKind.InvalidArgument, $"{operation}: the answer is not a list of {member}");
        }
    }
}
