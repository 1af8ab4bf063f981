using System.Text;
using System.Text.Json.Nodes;

namespace Keelson.Tuf.Tests;

/// <summary>A repository with all keys at hand, which serves what it is told to and writes down what is asked of it.</summary>
internal sealed class TestRepository : ITufFetcher
{
    private readonly Dictionary<string, List<ITufSigner>> signers = new(StringComparer.Ordinal);

    public TestRepository(ITufDialect? dialect = null, Action<TestRepository>? prepare = null)
    {
        Dialect = dialect ?? new TufOneDialect();
        Builder = new(Dialect, Clock);
        foreach (string role in TufRoles.TopLevel) SetSigners(role, 1, EcdsaSigner.Generate());
        prepare?.Invoke(this);
        Publish();
        FirstRoot = Builder.Current[TufRoles.Root].ToArray();
    }

    public TestClock Clock { get; } = new();

    public ITufDialect Dialect { get; }

    public TufRepositoryBuilder Builder { get; }

    public byte[] FirstRoot { get; set; }

    public List<string> Requests { get; } = [];

    /// <summary>Files that are served in place of the builder's; null: not found.</summary>
    public Dictionary<string, byte[]?> Overrides { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, byte[]> TargetFiles { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers before anything else does.</summary>
    public Func<string, Stream?>? Intercept { get; set; }

    public bool IsDown { get; set; }

    /// <summary>Serves the targets alone.</summary>
    public ITufFetcher Targets => new TargetServer(this);

    public static IEnumerable<TheoryDataRow<string>> Dialects => [new("TUF 1.0"), new("notary")];

    public static ITufDialect DialectOf(string name) => name == "notary" ? new NotaryDialect() : new TufOneDialect();

    public List<ITufSigner> SignersOf(string role) => signers[role];

    public TufKey[] KeysOf(params IEnumerable<ITufSigner> of) => [.. of.Select(Dialect.KeyOf)];

    /// <summary>Makes these the keys of a role of the top level. A root goes on being signed by the keys before, too.</summary>
    public void SetSigners(string role, int threshold, params ITufSigner[] of)
    {
        signers[role] = role == TufRoles.Root && signers.TryGetValue(role, out List<ITufSigner>? before) ? [.. of, .. before.Except(of)] : [.. of];
        Builder.SetKeys(role, threshold, KeysOf(of));
    }

    public void Delegate(string delegator, string name, string[] paths, bool isTerminating = false, ITufSigner? signer = null)
    {
        signer ??= EcdsaSigner.Generate();
        if (!signers.ContainsKey(name)) signers[name] = [];
        signers[name].Add(signer);
        Builder.Delegate(delegator, name, 1, KeysOf(signer), paths, isTerminating);
    }

    public void SetDelegatedSigner(string name, ITufSigner signer) => signers[name] = [signer];

    public void AddTarget(string path, string content, string role = TufRoles.Targets)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        TargetFiles[path] = bytes;
        Builder.AddTarget(path, bytes.Length, TufHashes.Of(bytes), role);
    }

    public IReadOnlyList<string> Publish() => Builder.Publish(role => signers[role]);

    /// <summary>Publishes a role anew although nothing in it changed, and what follows from it.</summary>
    public void Bump(params string[] roles)
    {
        foreach (string role in roles) Builder.Edit(role, _ => { });
        Publish();
    }

    /// <summary>Publishes what no honest repository would: the next version of a role, changed and signed by its own keys.</summary>
    /// <param name="mayFollow">Whether the snapshot and the timestamp name it.</param>
    public void PublishHostile(string role, Action<JsonObject> edit, bool mayFollow = true, IEnumerable<ITufSigner>? by = null)
    {
        JsonObject file = JsonNode.Parse(Builder.Stage(role))!.AsObject();
        edit(file["signed"]!.AsObject());
        Builder.Put(role, TufSigning.Add(TufSigning.Unsigned(file["signed"]!.AsObject()), Dialect, by ?? signers[role]));
        if (!mayFollow) return;
        if (role is not (TufRoles.Snapshot or TufRoles.Timestamp)) Builder.Edit(TufRoles.Snapshot, _ => { });
        if (role is not TufRoles.Timestamp) Builder.Edit(TufRoles.Timestamp, _ => { });
        Publish();
    }

    /// <summary>The newest file of a role as text that can be changed.</summary>
    public string TextOf(string role) => Encoding.UTF8.GetString(Builder.Current[role].Span);

    public async Task<(TufClient Client, RecordingStore Store)> NewClientAsync(Func<TufClientOptions, TufClientOptions>? change = null)
    {
        RecordingStore store = new();
        TufClient client = Client(store, change);
        await client.InitializeAsync(FirstRoot);
        return (client, store);
    }

    /// <summary>A client in the place of one that ended.</summary>
    public TufClient Client(ITufStore store, Func<TufClientOptions, TufClientOptions>? change = null)
    {
        TufClientOptions options = new() { Time = Clock };
        return new(Dialect, store, this, change?.Invoke(options) ?? options);
    }

    public Task<Stream?> OpenAsync(string path, CancellationToken cancellation)
    {
        Requests.Add(path);
        if (IsDown) throw new TufException(TufFault.Unavailable, $"get {path}: nobody is there");
        if (Intercept?.Invoke(path) is { } stream) return Task.FromResult<Stream?>(stream);
        byte[]? content = Overrides.TryGetValue(path, out byte[]? other) ? other : Builder.Files.TryGetValue(path, out ReadOnlyMemory<byte> file) ? file.ToArray() : null;
        return Task.FromResult<Stream?>(content is null ? null : new MemoryStream(content));
    }

    private sealed class TargetServer(TestRepository repository) : ITufFetcher
    {
        public Task<Stream?> OpenAsync(string path, CancellationToken cancellation)
        {
            repository.Requests.Add(path);
            if (repository.Intercept?.Invoke(path) is { } stream) return Task.FromResult<Stream?>(stream);
            string[] segments = [.. path.Split('/').Select(Uri.UnescapeDataString)];
            if (repository.Builder.IsConsistent) segments[^1] = segments[^1][(segments[^1].IndexOf('.') + 1)..];
            return Task.FromResult<Stream?>(repository.TargetFiles.TryGetValue(string.Join('/', segments), out byte[]? content) ? new MemoryStream(content) : null);
        }
    }
}
