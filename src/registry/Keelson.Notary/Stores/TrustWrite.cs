using System.Security.Cryptography;

namespace Keelson.Notary.Stores;

/// <summary>A change of a collection that waits for its place in a transaction: files that it gets, or its removal.</summary>
internal sealed class TrustWrite
{
    private readonly TaskCompletionSource<bool> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationToken cancel;

    private TrustWrite(string gun, IReadOnlyList<TrustFile>? files, string? after, DateTimeOffset time, CancellationToken cancel) => (Gun, Files, After, Time, this.cancel) = (gun, files, after, time, cancel);

    /// <summary>The collection.</summary>
    public string Gun { get; }

    /// <summary>What it gets, earlier versions first; <see langword="null"/>: it is removed.</summary>
    public IReadOnlyList<TrustFile>? Files { get; }

    /// <summary>SHA-256 of the timestamp that the collection must have for it, empty for none; <see langword="null"/>: whichever it has.</summary>
    public string? After { get; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset Time { get; }

    /// <summary>Whether who asked has left before it was begun.</summary>
    public bool IsGone => cancel.IsCancellationRequested;

    /// <summary>Why it was not done, while the rest of its transaction was; <see langword="null"/>: it was done.</summary>
    public KeelsonException? Refusal { get; set; }

    /// <summary>Whether there was something to do.</summary>
    public bool HasChanged { get; set; }

    /// <summary>Ends when it is in the store for good, with <see cref="HasChanged"/>.</summary>
    public Task<bool> Done => done.Task;

    /// <summary>An update.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: a version or a name is beyond the tables.</exception>
    public static TrustWrite Update(string gun, string? after, IReadOnlyList<TrustUpdate> files, TimeProvider time, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach (TrustUpdate file in files)
        {
            if (!TrustNames.AreStorable(gun, file.Role)) throw new KeelsonException(ErrorKind.InvalidArgument, "update: the name of the collection or of a role cannot be kept");
            if (file.Version is < 0 or > int.MaxValue) throw new KeelsonException(ErrorKind.InvalidArgument, $"update {gun}: {file.Role}: the version {file.Version} cannot be kept");
        }
        // Versions of one role may come in any order, as in notary-server; each is compared with what stands before it.
        return new(gun, [.. files.OrderBy(file => file.Version).Select(file => new TrustFile(file.Role, file.Version, Convert.ToHexStringLower(SHA256.HashData(file.Data.Span)), file.Data, now))], after, now, cancel);
    }

    /// <summary>A removal.</summary>
    public static TrustWrite Delete(string gun, TimeProvider time, CancellationToken cancel) => new(gun, null, null, time.GetUtcNow(), cancel);

    /// <summary>The refusal of a file that is not newer than what is there.</summary>
    public static KeelsonException NotNewer(string gun, TrustFile file) => new(ErrorKind.AlreadyExists, $"update {gun}: {file.Role} {file.Version}: it is not newer than the current one");

    /// <summary>Tells who waits.</summary>
    /// <param name="error">What the transaction failed with.</param>
    public void End(Exception? error)
    {
        if (error is not null) done.SetException(error);
        else if (Refusal is not null) done.SetException(Refusal);
        else if (IsGone && !HasChanged) done.TrySetCanceled(cancel);
        else done.SetResult(HasChanged);
    }
}
