using System.Buffers;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Keelson.Notary.Keys;
using Keelson.Notary.Stores;
using Keelson.Tuf;

namespace Keelson.Notary.Server;

/// <summary>Makes the metadata that a server signs itself: snapshots, and timestamps always.</summary>
/// <remarks>What is signed is written in canonical form at once, its members in their order, so that no tree is made of it.</remarks>
/// <param name="keys">Signs.</param>
/// <param name="options">Says how long they hold.</param>
internal sealed class OnlineSigner(IKeyService keys, NotaryServerOptions options)
{
    private const int KnownLimit = 100_000;

    // Base64 has a plus sign, which stays as it is in canonical JSON.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly NotaryDialect Dialect = new();

    private readonly ConcurrentDictionary<string, OnlineKey> known = new(StringComparer.Ordinal);

    /// <summary>The keys of a role that the signer has, as many as the role's threshold asks for; <see langword="null"/> when it has fewer.</summary>
    public async ValueTask<IReadOnlyList<OnlineKey>?> KeysAsync(TufRoot root, string role, CancellationToken cancel)
    {
        TufRoleKeys wanted = root.KeysOf(role);
        List<OnlineKey> found = [];
        foreach (string id in wanted.KeyIds)
        {
            if (found.Count == wanted.Threshold) break;
            if (await FindAsync(id, cancel).ConfigureAwait(false) is { } key) found.Add(key);
        }
        return found.Count == wanted.Threshold ? found : null;
    }

    /// <summary>Makes a snapshot.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="meta">What it names, by role.</param>
    /// <param name="by">Who signs.</param>
    /// <param name="cancel">Ends it early.</param>
    public Task<TrustUpdate> SnapshotAsync(long version, SortedDictionary<string, FileDigest> meta, IReadOnlyList<OnlineKey> by, CancellationToken cancel) =>
        MakeAsync(TufRoles.Snapshot, "Snapshot", version, options.SnapshotLifetime, meta, by, cancel);

    /// <summary>Makes a timestamp of a snapshot.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="snapshot">The snapshot.</param>
    /// <param name="by">Who signs.</param>
    /// <param name="cancel">Ends it early.</param>
    public Task<TrustUpdate> TimestampAsync(long version, ReadOnlyMemory<byte> snapshot, IReadOnlyList<OnlineKey> by, CancellationToken cancel) =>
        MakeAsync(TufRoles.Timestamp, "Timestamp", version, options.TimestampLifetime, new(StringComparer.Ordinal) { [TufRoles.Snapshot] = FileDigest.Of(snapshot.Span) }, by, cancel);

    private async ValueTask<OnlineKey?> FindAsync(string id, CancellationToken cancel)
    {
        if (known.TryGetValue(id, out OnlineKey? key)) return key;
        key = await keys.FindAsync(id, cancel).ConfigureAwait(false);
        if (key is null) return null;
        if (known.Count >= KnownLimit) known.Clear();
        return known[id] = key;
    }

    private async Task<TrustUpdate> MakeAsync(string role, string type, long version, TimeSpan lifetime, SortedDictionary<string, FileDigest> meta, IReadOnlyList<OnlineKey> by, CancellationToken cancel)
    {
        ArrayBufferWriter<byte> output = new(1024);
        output.Write("{\"signed\":"u8);
        int start = output.WrittenCount;
        using (Utf8JsonWriter writer = new(output, Plain))
        {
            writer.WriteStartObject();
            writer.WriteString("_type"u8, type);
            writer.WriteString("expires"u8, Dialect.WriteExpires(options.Time.GetUtcNow() + lifetime));
            writer.WriteStartObject("meta"u8);
            foreach ((string name, FileDigest file) in meta) file.Write(writer, name);
            writer.WriteEndObject();
            writer.WriteNumber("version"u8, version);
            writer.WriteEndObject();
        }
        ReadOnlyMemory<byte> signed = output.WrittenMemory[start..];
        byte[][] signatures = await Task.WhenAll(by.Select(key => keys.SignAsync(key.Id, signed, cancel))).ConfigureAwait(false);
        output.Write(",\"signatures\":"u8);
        using (Utf8JsonWriter writer = new(output, Plain))
        {
            writer.WriteStartArray();
            foreach ((OnlineKey key, byte[] signature) in by.Zip(signatures))
            {
                writer.WriteStartObject();
                writer.WriteString("keyid"u8, key.Id);
                writer.WriteString("method"u8, key.Algorithm switch { "ed25519" => "eddsa", "rsa" => "rsapss", _ => "ecdsa" });
                writer.WriteBase64String("sig"u8, signature);
                writer.WriteEndObject();
            }
            writer.WriteEndArray();
        }
        output.Write("}"u8);
        return new(role, version, output.WrittenSpan.ToArray());
    }
}

/// <summary>What a snapshot or a timestamp says of a file.</summary>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Sha256">SHA-256 of it.</param>
/// <param name="Sha512">SHA-512 of it; empty when it is not known.</param>
internal readonly record struct FileDigest(long Length, ReadOnlyMemory<byte> Sha256, ReadOnlyMemory<byte> Sha512)
{
    /// <summary>Of a file.</summary>
    public static FileDigest Of(ReadOnlySpan<byte> file) => new(file.Length, SHA256.HashData(file), SHA512.HashData(file));

    /// <summary>Of what another snapshot says; <see langword="null"/> when that is less than is needed.</summary>
    public static FileDigest? Of(TufMetaFile file)
    {
        ReadOnlyMemory<byte> sha256 = default, sha512 = default;
        foreach ((HashAlgorithmName algorithm, ReadOnlyMemory<byte> digest) in file.Hashes?.All ?? [])
            if (algorithm == HashAlgorithmName.SHA256) sha256 = digest;
            else if (algorithm == HashAlgorithmName.SHA512) sha512 = digest;
        return file.LengthBytes is { } length && !sha256.IsEmpty ? new(length, sha256, sha512) : null;
    }

    /// <summary>Writes it as a member, in canonical order.</summary>
    public void Write(Utf8JsonWriter writer, string role)
    {
        writer.WriteStartObject(role);
        writer.WriteStartObject("hashes"u8);
        writer.WriteBase64String("sha256"u8, Sha256.Span);
        if (!Sha512.IsEmpty) writer.WriteBase64String("sha512"u8, Sha512.Span);
        writer.WriteEndObject();
        writer.WriteNumber("length"u8, Length);
        writer.WriteEndObject();
    }
}
