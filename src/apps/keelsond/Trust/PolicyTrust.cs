using System.Security.Cryptography;
using System.Text;
using Keelson.Daemon.Configuration;
using Keelson.Distribution;
using Keelson.Engine.Images;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Notary.Client;
using Keelson.Oci;
using Keelson.Toml;
using Keelson.Tuf;

namespace Keelson.Daemon.Trust;

/// <summary>Asks servers of signed collections what names may mean, as a policy file wants it. The first rule that is for a name decides.</summary>
/// <remarks>
/// What was seen of a collection is kept in <c>ROOT/trust</c>, so that nobody can bring back something older. One pull of a collection is looked up at a time.
/// </remarks>
internal sealed class PolicyTrust : IImageTrust
{
    private readonly IReadOnlyList<TrustRule> rules;
    private readonly string directory;
    private readonly ICredentialSource credentials;
    private readonly TimeProvider time;
    private readonly KeyedLock turns = new();

    /// <summary>Makes it.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="directory">Where what was seen is kept.</param>
    /// <param name="credentials">What is shown to servers that ask for it: as to the registry.</param>
    /// <param name="time">The clock.</param>
    public PolicyTrust(IReadOnlyList<TrustRule> rules, string directory, ICredentialSource credentials, TimeProvider time)
    {
        (this.rules, this.directory, this.credentials, this.time) = (rules, directory, credentials, time);
        Files.TryMakeDirectories(directory, 0b111_000_000).ThrowIfError("make directory", directory);
    }

    /// <summary>Reads a policy file.</summary>
    /// <exception cref="KeelsonException">It cannot be read, or InvalidArgument: it makes no sense.</exception>
    public static IReadOnlyList<TrustRule> Read(string file)
    {
        TomlValue root = new TomlReader("trust policy " + file, Encoding.UTF8.GetString(Files.ReadAll(file, TomlReader.LimitBytes).Span)).Read();
        ConfigSection section = new(file, "", root.Table!);
        IReadOnlyList<TrustRule> rules = [.. section.Sections("rule").Select(TrustRule.Read)];
        section.End();
        return rules;
    }

    /// <inheritdoc/>
    public async Task<TrustedContent?> ResolveAsync(ImageReference reference, CancellationToken cancel = default)
    {
        if (rules.FirstOrDefault(rule => rule.IsFor(reference.Repository)) is not { Requires: true } rule) return null;
        string gun = reference.Repository.ToString();
        try
        {
            using KeyedLock.Holder turn = await turns.EnterAsync(gun, cancel).ConfigureAwait(false);
            using NotaryRemote remote = new(new NotaryConnection
            {
                Server = rule.Server ?? ServerOf(reference.Repository), Credentials = credentials, CredentialName = reference.Repository.Registry, Time = time, AuthorityFiles = rule.Authority is null ? [] : [rule.Authority],
            });
            // What one rule believed is nothing to another.
            TrustOptions options = new() { Directory = $"{directory}/{Fingerprint(rule, remote.Origin)}", Pinning = rule.PinningOf(gun), Time = time };
            using TrustKeyStore keys = new(options.Directory, NoPassphrases.Instance);
            TrustCollection collection = new(gun, remote, keys, options);
            return reference.Digest.IsEmpty ? await OfTagAsync(collection, rule, reference.Tag!, cancel).ConfigureAwait(false) : await OfDigestAsync(collection, rule, reference.Digest, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            // Not found would be taken for an image that is not there.
            throw new KeelsonException(e.Kind == ErrorKind.NotFound ? ErrorKind.PermissionDenied : e.Kind, $"trust {reference}: {e.Message}", e);
        }
    }

    private static async Task<TrustedContent> OfTagAsync(TrustCollection collection, TrustRule rule, string tag, CancellationToken cancel)
    {
        if (rule.Signers.Count == 0) return Content(await collection.FindAsync(tag, cancellation: cancel).ConfigureAwait(false) ?? throw Unsigned(tag, "targets/releases and targets"));
        TrustedContent? first = null;
        List<string> signers = [];
        foreach (string role in rule.Signers)
        {
            TrustedContent next = Content(await collection.FindAsync(tag, [role], cancel).ConfigureAwait(false) ?? throw Unsigned(tag, role));
            if (first is not null && first.Digest != next.Digest) throw new KeelsonException(ErrorKind.PermissionDenied, $"{signers[0]} signed {first.Digest} for {tag}, and {role} {next.Digest}");
            first ??= next;
            signers.Add(role);
        }
        return first! with { Signers = signers };
    }

    private static async Task<TrustedContent> OfDigestAsync(TrustCollection collection, TrustRule rule, Digest digest, CancellationToken cancel)
    {
        IReadOnlyList<string> roles = rule.Signers.Count > 0 ? rule.Signers : [TrustCollection.Releases, TufRoles.Targets];
        TrustedContent[] signed = [.. (await collection.ListAsync(roles, cancel).ConfigureAwait(false)).Select(Content).Where(content => content.Digest == digest)];
        string[] by = [.. signed.SelectMany(content => content.Signers).Distinct(StringComparer.Ordinal)];
        string[] missing = rule.Signers.Count > 0 ? [.. rule.Signers.Except(by)] : by.Length > 0 ? [] : [.. roles];
        return missing.Length == 0 ? signed[0] with { Signers = by } : throw Unsigned(digest.ToString(), string.Join(" and ", missing));
    }

    private static TrustedContent Content(SignedTarget target)
    {
        foreach ((HashAlgorithmName algorithm, ReadOnlyMemory<byte> hash) in target.Target.Hashes.All)
            if (algorithm == HashAlgorithmName.SHA256) return new(Digest.Parse("sha256:" + Convert.ToHexStringLower(hash.Span)), target.Target.LengthBytes, [target.Role]);
        throw new KeelsonException(ErrorKind.PermissionDenied, $"{target.Role} signed {target.Target.Path} without a sha256");
    }

    private static KeelsonException Unsigned(string what, string who) => new(ErrorKind.PermissionDenied, $"{what} is not signed by {who}");

    private static Uri ServerOf(RepositoryName repository) => new(repository.Registry == "docker.io" ? "https://notary.docker.io" : "https://" + repository.Registry);

    private static string Fingerprint(TrustRule rule, string origin) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [origin, rule.RootAuthority ?? "", .. rule.Roots]))).AsSpan(0, 8));

    /// <summary>Who reads has no keys.</summary>
    private sealed class NoPassphrases : IPassphraseSource
    {
        public static NoPassphrases Instance { get; } = new();

        public string? Find(PassphraseRequest request) => null;
    }
}
