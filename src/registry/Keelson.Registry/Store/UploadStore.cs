using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Keelson.Oci;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Store;

/// <summary>Blobs that are being pushed. They outlive the process: their bytes are in files, and what is lost, the hash so far, is computed again.</summary>
internal sealed class UploadStore(IStorageDriver driver, BlobStore blobs, RegistryStoreOptions options) : IDisposable
{
    private const int ReadBytes = 1 << 20, StartLimitBytes = 64;

    private readonly ConcurrentDictionary<string, UploadSession> sessions = new(StringComparer.Ordinal);

    /// <summary>How many pushes are in memory.</summary>
    public int Count => sessions.Count;

    /// <summary>Begins a push.</summary>
    public async Task<UploadSession> CreateAsync(string repository, string algorithm, CancellationToken cancel)
    {
        UploadSession session = new(repository, Guid.NewGuid().ToString(), options.Time.GetUtcNow()) { Algorithm = algorithm, Hash = NewHash(algorithm) };
        byte[] start = Encoding.ASCII.GetBytes(session.StartedAt.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        // Appended and not written: a push that was begun need not outlive the machine.
        await using (IStorageWriter file = await driver.AppendAsync(StorePaths.UploadStart(repository, session.Id), cancel).ConfigureAwait(false))
            await file.WriteAsync(start, cancel).ConfigureAwait(false);
        sessions[session.Id] = session;
        return session;
    }

    /// <summary>Takes a push that was begun for one request; the caller releases <see cref="UploadSession.Gate"/>.</summary>
    /// <exception cref="RegistryFault">BLOB_UPLOAD_UNKNOWN: there is none. RANGE_INVALID: another request is at it.</exception>
    public async Task<UploadSession> EnterAsync(string repository, string id, CancellationToken cancel)
    {
        if (!Guid.TryParseExact(id, "D", out _)) throw Unknown(id);
        if (!sessions.TryGetValue(id, out UploadSession? session)) session = await FindAsync(repository, id, cancel).ConfigureAwait(false) ?? throw Unknown(id);
        if (session.Repository != repository) throw Unknown(id);
        await session.Gate.WaitAsync(cancel).ConfigureAwait(false);
        if (!session.IsClosed) return session;
        session.Gate.Release();
        throw Unknown(id);
    }

    /// <summary>Appends what a request brings.</summary>
    /// <param name="session">The push, entered.</param>
    /// <param name="body">The bytes.</param>
    /// <param name="limit">So many at most.</param>
    /// <param name="cancel">The client has gone. What came until then stays.</param>
    /// <exception cref="RegistryFault">SIZE_INVALID: there are more.</exception>
    public async Task AppendAsync(UploadSession session, System.IO.Pipelines.PipeReader body, long limit, CancellationToken cancel)
    {
        IStorageWriter? file = null;
        try
        {
            while (true)
            {
                System.IO.Pipelines.ReadResult read = await body.ReadAsync(cancel).ConfigureAwait(false);
                try
                {
                    if (!read.Buffer.IsEmpty) file ??= await driver.AppendAsync(StorePaths.UploadData(session.Repository, session.Id), CancellationToken.None).ConfigureAwait(false);
                    if (read.Buffer.Length > limit - session.Offset) throw new RegistryFault(RegistryErrorCode.BlobTooLarge, "the blob is longer than is allowed");
                    foreach (ReadOnlyMemory<byte> part in read.Buffer)
                    {
                        await file!.WriteAsync(part, CancellationToken.None).ConfigureAwait(false);
                        session.Hash?.AppendData(part.Span);
                        session.Offset = file.Length;
                    }
                }
                finally
                {
                    // Also when it fails: a connection with a read that was not ended is cut off, and the client never learns why.
                    body.AdvanceTo(read.Buffer.End);
                }
                if (read.IsCompleted) break;
            }
        }
        catch (KeelsonException)
        {
            // Part of a write may have come through: the file says how much there is.
            session.Hash?.Dispose();
            session.Hash = null;
            session.Offset = await LengthAsync(session.Repository, session.Id, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        finally
        {
            if (file is not null) await file.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends a push: its bytes become a blob of the repository when the digest is theirs, and are gone otherwise.</summary>
    /// <exception cref="RegistryFault">DIGEST_INVALID: they have another one.</exception>
    public async Task FinishAsync(UploadSession session, Digest digest, CancellationToken cancel)
    {
        string data = StorePaths.UploadData(session.Repository, session.Id);
        Digest found;
        await using (IStorageWriter file = await driver.AppendAsync(data, cancel).ConfigureAwait(false))
        {
            using IncrementalHash? again = session.Hash is null || session.Algorithm != digest.Algorithm ? await ReadHashAsync(data, digest.Algorithm, cancel).ConfigureAwait(false) : null;
            found = Digest.FromHash((again ?? session.Hash!).GetCurrentHash());
            if (found == digest) await file.SyncAsync(cancel).ConfigureAwait(false);
        }
        try
        {
            if (found == digest) await blobs.CommitAsync(data, session.Offset, session.Repository, digest, cancel).ConfigureAwait(false);
        }
        catch (RegistryFault)
        {
            // There is no room for it, and its bytes would take some until they are given up.
            await CloseAsync(session).ConfigureAwait(false);
            throw;
        }
        await CloseAsync(session).ConfigureAwait(false);
        if (found != digest) throw new RegistryFault(RegistryErrorCode.DigestInvalid, "provided digest did not match uploaded content", digest.ToString());
    }

    /// <summary>Gives a push up.</summary>
    public async Task CloseAsync(UploadSession session)
    {
        session.IsClosed = true;
        sessions.TryRemove(session.Id, out _);
        session.Hash?.Dispose();
        session.Hash = null;
        await driver.RemoveAsync(StorePaths.Upload(session.Repository, session.Id), CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Gives up the pushes of a repository that were begun before a moment.</summary>
    /// <returns>How many.</returns>
    public async Task<int> PurgeAsync(string repository, DateTimeOffset before, CancellationToken cancel)
    {
        int purged = 0;
        foreach (string id in await driver.ListAsync(StorePaths.Uploads(repository), cancel).ConfigureAwait(false))
        {
            cancel.ThrowIfCancellationRequested();
            // One without a beginning is being begun, or was left by a crash: its folder says when.
            DateTimeOffset? started = await StartedAsync(repository, id, cancel).ConfigureAwait(false) ?? (await driver.FindAsync(StorePaths.Upload(repository, id), cancel).ConfigureAwait(false))?.Modified;
            if (started is null || started >= before) continue;
            if (sessions.TryGetValue(id, out UploadSession? session)) await PurgeAsync(session, cancel).ConfigureAwait(false);
            else await driver.RemoveAsync(StorePaths.Upload(repository, id), cancel).ConfigureAwait(false);
            purged++;
        }
        return purged;
    }

    private async Task PurgeAsync(UploadSession session, CancellationToken cancel)
    {
        await session.Gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (!session.IsClosed) await CloseAsync(session).ConfigureAwait(false);
        }
        finally
        {
            session.Gate.Release();
        }
    }

    public void Dispose()
    {
        foreach (UploadSession session in sessions.Values) session.Dispose();
        sessions.Clear();
    }

    /// <summary>A push that another process has begun, this one before it was started again or distribution.</summary>
    private async Task<UploadSession?> FindAsync(string repository, string id, CancellationToken cancel)
    {
        if (await StartedAsync(repository, id, cancel).ConfigureAwait(false) is not { } started) return null;
        long length = await LengthAsync(repository, id, cancel).ConfigureAwait(false);
        UploadSession found = new(repository, id, started) { Offset = length, Hash = length == 0 ? NewHash("sha256") : null };
        UploadSession kept = sessions.GetOrAdd(id, found);
        if (kept != found) found.Dispose();
        return kept;
    }

    private async Task<long> LengthAsync(string repository, string id, CancellationToken cancel) => (await driver.FindAsync(StorePaths.UploadData(repository, id), cancel).ConfigureAwait(false))?.Length ?? 0;

    /// <summary>When a push was begun; <see langword="null"/>: there is none. A file that says nothing, since its writer is at it or was killed, says it by its time.</summary>
    private async Task<DateTimeOffset?> StartedAsync(string repository, string id, CancellationToken cancel)
    {
        string path = StorePaths.UploadStart(repository, id);
        if (await driver.ReadAsync(path, StartLimitBytes, cancel).ConfigureAwait(false) is not { } text) return null;
        return DateTimeOffset.TryParse(Encoding.ASCII.GetString(text.Span), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset started) ? started
            : (await driver.FindAsync(path, cancel).ConfigureAwait(false))?.Modified;
    }

    private async Task<IncrementalHash> ReadHashAsync(string path, string algorithm, CancellationToken cancel)
    {
        IncrementalHash hash = NewHash(algorithm);
        await using IStorageReader? file = await driver.OpenAsync(path, cancel).ConfigureAwait(false);
        if (file is null) return hash;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        long offset = 0;
        for (int count; (count = await file.ReadAsync(offset, buffer, cancel).ConfigureAwait(false)) > 0; offset += count) hash.AppendData(buffer, 0, count);
        ArrayPool<byte>.Shared.Return(buffer);
        return hash;
    }

    private static IncrementalHash NewHash(string algorithm) => IncrementalHash.CreateHash(algorithm == "sha512" ? HashAlgorithmName.SHA512 : HashAlgorithmName.SHA256);

    private static RegistryFault Unknown(string id) => new(RegistryErrorCode.BlobUploadUnknown, "blob upload unknown to registry", id);
}
