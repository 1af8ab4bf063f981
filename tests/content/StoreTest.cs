using Keelson.Oci;

namespace Keelson.Content.Tests;

/// <summary>A test with a store of its own.</summary>
public abstract class StoreTest : IAsyncLifetime
{
    protected string Root { get; } = TestDirectory.Make("store");

    protected MetadataDatabase Database { get; private set; } = null!;

    protected TestClock Clock { get; } = new();

    protected virtual MetadataOptions Options => new(Root) { Time = Clock };

    public ValueTask InitializeAsync()
    {
        Database = MetadataDatabase.Open(Options);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        TestDirectory.Remove(Root);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the store and opens it again.</summary>
    protected async Task ReopenAsync(MetadataOptions? options = null)
    {
        await Database.DisposeAsync();
        Database = MetadataDatabase.Open(options ?? Options);
    }

    /// <summary>Puts content into a namespace.</summary>
    protected async Task<Digest> PutAsync(byte[] content, LabelSet? labels = null, string space = "default", string? lease = null)
    {
        using IContentWriter writer = await Database.Content(space, lease).OpenWriterAsync("put-" + Digest.Of(content).Hex);
        writer.Write(content);
        return (await writer.CommitAsync(labels: labels)).Digest;
    }

    /// <summary>Files of committed content.</summary>
    protected string[] BlobFiles => Directory.GetFiles(Root + "/blobs/sha256");

    protected static async Task<KeelsonException> FailsAsync(ErrorKind kind, Func<Task> call)
    {
        KeelsonException error = await Assert.ThrowsAnyAsync<KeelsonException>(call);
        Assert.Equal(kind, error.Kind);
        return error;
    }

    protected static void Fails(ErrorKind kind, Action call) => Assert.Equal(kind, Assert.ThrowsAny<KeelsonException>(call).Kind);
}
