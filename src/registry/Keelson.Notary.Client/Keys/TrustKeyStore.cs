namespace Keelson.Notary.Client;

/// <summary>The private keys of a trust directory: <c>private/ID.key</c>, as notary and docker keep them.</summary>
public sealed class TrustKeyStore : IDisposable
{
    /// <summary>How often a passphrase is asked for: 10 times, as notary.</summary>
    public const int MaximumAttempts = 10;

    private const string Extension = ".key";
    private const long MaximumFileBytes = 256 * 1024;
    private readonly string directory;
    private readonly IPassphraseSource passphrases;
    private readonly Dictionary<string, TrustKey> open = new(StringComparer.Ordinal);

    /// <summary>Makes the store. Nothing is read yet.</summary>
    /// <param name="trustDirectory">The trust directory: <c>~/.docker/trust</c> or <c>~/.notary</c>.</param>
    /// <param name="passphrases">Opens and seals keys.</param>
    public TrustKeyStore(string trustDirectory, IPassphraseSource passphrases)
    {
        ArgumentNullException.ThrowIfNull(passphrases);
        directory = Path.Combine(trustDirectory, "private");
        this.passphrases = passphrases;
    }

    /// <summary>All keys, by collection, role and identifier. A file that is no key is left out.</summary>
    public IReadOnlyList<TrustKeyInfo> List()
    {
        if (!Directory.Exists(directory)) return [];
        List<TrustKeyInfo> keys = [];
        // Notary before 0.6 kept keys below root_keys and tuf_keys.
        foreach (string path in Directory.EnumerateFiles(directory, "*" + Extension, SearchOption.AllDirectories))
            if (ReadInfo(path) is { } info)
                keys.Add(info);
        return [.. keys.OrderBy(key => key.Gun, StringComparer.Ordinal).ThenBy(key => key.Role, StringComparer.Ordinal).ThenBy(key => key.Id, StringComparer.Ordinal)];
    }

    /// <summary>What is known of a key; null when it is not here.</summary>
    public TrustKeyInfo? Find(string id)
    {
        string path = PathOf(id);
        return File.Exists(path) ? ReadInfo(path) : Directory.Exists(directory) ? List().FirstOrDefault(key => key.Id == id) : null;
    }

    /// <summary>Opens a key; null when it is not here. It stays open, and this store's, until the store is disposed.</summary>
    /// <exception cref="KeelsonException">PermissionDenied: no passphrase was right. InvalidArgument: the file holds no key.</exception>
    public TrustKey? Open(string id)
    {
        if (open.TryGetValue(id, out TrustKey? key)) return key;
        if (Find(id) is not { } info) return null;
        PemBlock block = PemBlock.ReadAll(File.ReadAllText(info.Path))[0];
        key = Open(block, info);
        if (key.Id != id)
        {
            key.Dispose();
            throw new KeelsonException(ErrorKind.DataLoss, $"open key {id}: its file holds another key");
        }
        return open[id] = key;
    }

    /// <summary>Keeps a key, under a new passphrase that is asked for.</summary>
    /// <param name="key">The key; the store's from here on.</param>
    /// <param name="role">Its role.</param>
    /// <param name="gun">Its collection. Left out of keys of roots and delegations, which serve many.</param>
    /// <exception cref="KeelsonException">InvalidArgument: there is no passphrase.</exception>
    public TrustKeyInfo Add(TrustKey key, string role, string gun = "")
    {
        ArgumentNullException.ThrowIfNull(key);
        if (role is not (TufRoles.Targets or TufRoles.Snapshot or TufRoles.Timestamp)) gun = "";
        string passphrase = passphrases.Find(new(key.Id, role, gun, true, 0))
            ?? throw new KeelsonException(ErrorKind.InvalidArgument, $"keep key {key.Id}: there is no passphrase for it");
        string path = PathOf(key.Id);
        SecretFile.Write(path, key.ToPem(role, gun, passphrase));
        open[key.Id] = key;
        return new(key.Id, role, gun, path, passphrase.Length > 0);
    }

    /// <summary>Makes a key and keeps it.</summary>
    /// <param name="role">Its role.</param>
    /// <param name="gun">Its collection.</param>
    /// <param name="algorithm"><c>ecdsa</c> or <c>ed25519</c>.</param>
    public TrustKey Generate(string role, string gun = "", string algorithm = "ecdsa")
    {
        TrustKey key = TrustKey.Generate(algorithm);
        Add(key, role, gun);
        return key;
    }

    /// <summary>Encrypts a key anew.</summary>
    /// <exception cref="KeelsonException">NotFound; PermissionDenied: the old passphrase is wrong.</exception>
    public void ChangePassphrase(string id)
    {
        TrustKeyInfo info = Find(id) ?? throw Missing(id);
        TrustKey key = Open(id)!;
        string passphrase = passphrases.Find(new(id, info.Role, info.Gun, true, 0)) ?? throw new KeelsonException(ErrorKind.InvalidArgument, $"keep key {id}: there is no passphrase for it");
        SecretFile.Write(info.Path, key.ToPem(info.Role, info.Gun, passphrase));
    }

    /// <summary>Forgets a key for good.</summary>
    /// <returns>Whether it was here.</returns>
    public bool Remove(string id)
    {
        if (Find(id) is not { } info) return false;
        File.Delete(info.Path);
        if (open.Remove(id, out TrustKey? key)) key.Dispose();
        return true;
    }

    /// <summary>Keys as <c>notary key export</c> writes them: encrypted as they are, each with its path.</summary>
    /// <param name="ids">The keys; all by default.</param>
    /// <param name="gun">Only those of this collection.</param>
    /// <exception cref="KeelsonException">NotFound: one of them is not here.</exception>
    public string Export(IReadOnlyCollection<string>? ids = null, string? gun = null)
    {
        IEnumerable<TrustKeyInfo> chosen = ids is null ? List() : ids.Select(id => Find(id) ?? throw Missing(id));
        return string.Concat(chosen.Where(key => gun is null || key.Gun == gun).Select(key =>
        {
            PemBlock block = PemBlock.ReadAll(File.ReadAllText(key.Path))[0];
            Dictionary<string, string> headers = new(block.Headers) { ["path"] = Path.GetRelativePath(directory, key.Path)[..^Extension.Length] };
            return (block with { Headers = headers }).ToString();
        }));
    }

    /// <summary>The same into a file, which its owner alone may read.</summary>
    /// <param name="path">The file; one that is there is replaced.</param>
    /// <param name="ids">The keys; all by default.</param>
    /// <param name="gun">Only those of this collection.</param>
    public void ExportTo(string path, IReadOnlyCollection<string>? ids = null, string? gun = null) => SecretFile.Write(Path.GetFullPath(path), Export(ids, gun));

    /// <summary>Takes keys of a backup or an export. A key that is not encrypted gets a passphrase that is asked for; a key that is here stays.</summary>
    /// <param name="text">PEM of one or more keys.</param>
    /// <param name="role">The role of keys that do not say theirs; <c>delegation</c> when empty, as notary.</param>
    /// <param name="gun">The collection of keys that do not say theirs.</param>
    /// <returns>What was taken.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: no key in it, or an encrypted key does not say its identifier.</exception>
    public IReadOnlyList<TrustKeyInfo> Import(string text, string role = "", string gun = "")
    {
        List<TrustKeyInfo> taken = [];
        foreach (PemBlock block in PemBlock.ReadAll(text))
        {
            if (!block.Label.EndsWith("PRIVATE KEY", StringComparison.Ordinal)) continue;
            string ofRole = block.Header("role") is { Length: > 0 } said ? said : role.Length > 0 ? role : "delegation";
            string ofGun = block.Header("gun") is { Length: > 0 } of ? of : gun;
            if (!IsEncrypted(block))
            {
                TrustKey key = Decode(block, block.Content);
                taken.Add(Find(key.Id) ?? Add(key, ofRole, ofGun));
                continue;
            }
            TrustKeyInfo info = new("", ofRole, ofGun, "", true);
            // Who exports says the identifier in the path; without it only the passphrase tells.
            string id = Path.GetFileName(block.Header("path"));
            if (!IsId(id))
            {
                using TrustKey opened = Open(block, info);
                id = opened.Id;
            }
            if (Find(id) is { } there) { taken.Add(there); continue; }
            Dictionary<string, string> headers = new(block.Headers) { ["role"] = ofRole };
            headers.Remove("path");
            if (ofGun.Length > 0) headers["gun"] = ofGun;
            else headers.Remove("gun");
            SecretFile.Write(PathOf(id), (block with { Headers = headers }).ToString());
            taken.Add(info with { Id = id, Path = PathOf(id) });
        }
        return taken.Count > 0 ? taken : throw new KeelsonException(ErrorKind.InvalidArgument, "import keys: there is no private key in PEM");
    }

    /// <summary>Forgets the keys that were opened, in memory.</summary>
    public void Dispose()
    {
        foreach (TrustKey key in open.Values) key.Dispose();
        open.Clear();
    }

    private TrustKey Open(PemBlock block, TrustKeyInfo info)
    {
        if (!IsEncrypted(block)) return Decode(block, block.Content);
        for (int attempt = 0; attempt < MaximumAttempts; attempt++)
        {
            string? passphrase = passphrases.Find(new(info.Id, info.Role, info.Gun, false, attempt));
            if (passphrase is null) throw new KeelsonException(ErrorKind.PermissionDenied, $"open key {info.Id} of {info.Role}: {(attempt == 0 ? "there is no passphrase for it" : "the passphrase is wrong")}");
            byte[]? content = block.Header("DEK-Info") is { Length: > 0 } legacy
                ? PrivateKeyCipher.DecryptLegacy(block.Content, legacy, passphrase)
                : PrivateKeyCipher.Decrypt(block.Content, passphrase);
            if (content is null) continue;
            try
            {
                return Decode(block, content);
            }
            catch (KeelsonException)
            {
                // A wrong passphrase gives a right padding once in 256 times.
            }
        }
        throw new KeelsonException(ErrorKind.PermissionDenied, $"open key {info.Id} of {info.Role}: the passphrase is wrong");
    }

    private static TrustKey Decode(PemBlock block, byte[] content) =>
        block.Label is "PRIVATE KEY" or "ENCRYPTED PRIVATE KEY" ? TrustKey.Read(content) : TrustKey.ReadLegacy(block.Label, content);

    private static bool IsEncrypted(PemBlock block) => block.Label == "ENCRYPTED PRIVATE KEY" || block.Header("DEK-Info").Length > 0;

    private static TrustKeyInfo? ReadInfo(string path)
    {
        try
        {
            if (new FileInfo(path).Length > MaximumFileBytes || PemBlock.ReadAll(File.ReadAllText(path)) is not [var block, ..]) return null;
            // Old file names end in the alias: ID_root.key.
            string id = Path.GetFileNameWithoutExtension(path).Split('_')[0];
            return IsId(id) ? new(id, block.Header("role"), block.Header("gun"), path, IsEncrypted(block)) : null;
        }
        catch (Exception e) when (e is KeelsonException or IOException)
        {
            return null;
        }
    }

    private string PathOf(string id) => IsId(id) ? Path.Combine(directory, id + Extension) : throw new KeelsonException(ErrorKind.InvalidArgument, $"find key {id}: not 64 hexadecimal digits");

    private static bool IsId(string id) => id.Length == 64 && id.All(char.IsAsciiHexDigitLower);

    private static KeelsonException Missing(string id) => new(ErrorKind.NotFound, $"find key {id}: it is not in the trust directory");
}
