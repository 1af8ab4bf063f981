using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Keelson.Oci;
using Keelson.Registry.Coordination;
using Keelson.Registry.Storage;

namespace Keelson.Registry.Store;

/// <summary>Blobs that are being pushed. They outlive the process: their bytes are in files, and what is lost, the hash so far, is computed again.</summary>
internal sealed class UploadStore(IStorageDriver driver, BlobStore blobs, IRegistryCoordinator coordinator, RegistryStoreOptions options) : IDisposable
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
        // A push that was begun need not outlive the machine.
        await driver.NoteAsync(StorePaths.UploadStart(repository, session.Id), start, cancel).ConfigureAwait(false);
        sessions[session.Id] = session;
        return session;
    }

    /// <summary>Takes a push that was begun for one request; the caller leaves it (<see cref="UploadSession.LeaveAsync"/>).</summary>
    /// <exception cref="RegistryFault">BLOB_UPLOAD_UNKNOWN: there is none. RANGE_INVALID: another request is at it.</exception>
    public async Task<UploadSession> EnterAsync(string repository, string id, CancellationToken cancel)
    {
        if (!Guid.TryParseExact(id, "D", out _)) throw Unknown(id);
        UploadSession session = await SessionAsync(repository, id, cancel).ConfigureAwait(false) ?? throw Unknown(id);
        if (session.Repository != repository) throw Unknown(id);
        await EnterAsync(session, cancel).ConfigureAwait(false);
        if (!session.IsClosed) return session;
        await session.LeaveAsync().ConfigureAwait(false);
        throw Unknown(id);
    }

    /// <summary>Takes a push that only the caller knows of.</summary>
    public async Task EnterAsync(UploadSession session, CancellationToken cancel)
    {
        await session.EnterAsync(coordinator, cancel).ConfigureAwait(false);
        if (!coordinator.IsShared || session.IsClosed) return;
        try
        {
            await RefreshAsync(session, cancel).ConfigureAwait(false);
        }
        catch
        {
            await session.LeaveAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Looks what another process has made of a push.</summary>
    private async Task RefreshAsync(UploadSession session, CancellationToken cancel)
    {
        if (await StartedAsync(session.Repository, session.Id, cancel).ConfigureAwait(false) is null)
        {
            session.IsClosed = true;
            session.ForgetHash();
            sessions.TryRemove(session.Id, out _);
            return;
        }
        await using IStorageWriter file = await driver.AppendAsync(StorePaths.UploadData(session.Repository, session.Id), cancel).ConfigureAwait(false);
        if (file.Length == session.Offset && (session.Version is null || session.Version == file.Version)) return;
        session.ForgetHash();
        (session.Offset, session.Version) = (file.Length, file.Version);
    }

    /// <summary>Appends what a request brings.</summary>
    /// <param name="session">The push, entered.</param>
    /// <param name="body">The bytes.</param>
    /// <param name="limit">So many at most.</param>
    /// <param name="cancel">The client has gone. What came until then stays.</param>
    /// <exception cref="RegistryFault">SIZE_INVALID: there are more.</exception>
    public async Task AppendAsync(UploadSession session, System.IO.Pipelines.PipeReader body, long limit, CancellationToken cancel)
    {
        try
        {
            await ReceiveAsync(session, body, limit, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException)
        {
            // Part of a write may have come through: the file says how much there is.
            session.ForgetHash();
            session.Offset = await LengthAsync(session.Repository, session.Id, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private async Task ReceiveAsync(UploadSession session, System.IO.Pipelines.PipeReader body, long limit, CancellationToken cancel)
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
        finally
        {
            if (file is not null) await CloseAsync(session, file).ConfigureAwait(false);
        }
    }

    /// <summary>Keeps what came, also when the client has gone.</summary>
    private static async Task CloseAsync(UploadSession session, IStorageWriter file)
    {
        await using (file)
        {
            await file.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            session.Version = file.Version;
        }
    }

    /// <summary>Ends a push: its bytes become a blob of the repository when the digest is theirs, and are gone otherwise.</summary>
    /// <exception cref="RegistryFault">DIGEST_INVALID: they have another one.</exception>
    public async Task FinishAsync(UploadSession session, Digest digest, CancellationToken cancel)
    {
        string data = StorePaths.UploadData(session.Repository, session.Id);
        Digest found;
        string version;
        await using (IStorageWriter file = await driver.AppendAsync(data, cancel).ConfigureAwait(false))
        {
            bool isKnown = session.Hash is not null && session.Algorithm == digest.Algorithm && session.Offset == file.Length && (session.Version ?? file.Version) == file.Version;
            using IncrementalHash? again = !isKnown ? await ReadHashAsync(data, digest.Algorithm, cancel).ConfigureAwait(false) : null;
            found = Digest.FromHash((again ?? session.Hash!).GetCurrentHash());
            if (found == digest) await file.SyncAsync(cancel).ConfigureAwait(false);
            (session.Offset, version) = (file.Length, file.Version);
        }
        try
        {
            if (found == digest) await blobs.CommitAsync(data, session.Offset, version, session.Repository, digest, cancel).ConfigureAwait(false);
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
        session.ForgetHash();
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
            // One that nobody can name has nobody who is at it.
            if (await SessionAsync(repository, id, cancel).ConfigureAwait(false) is { } session) await PurgeAsync(session, cancel).ConfigureAwait(false);
            else await driver.RemoveAsync(StorePaths.Upload(repository, id), cancel).ConfigureAwait(false);
            purged++;
        }
        return purged;
    }

    private async Task PurgeAsync(UploadSession session, CancellationToken cancel)
    {
        await EnterAsync(session, cancel).ConfigureAwait(false);
        try
        {
            if (!session.IsClosed) await CloseAsync(session).ConfigureAwait(false);
        }
        finally
        {
            await session.LeaveAsync().ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        foreach (UploadSession session in sessions.Values) session.Dispose();
        sessions.Clear();
    }

    private async ValueTask<UploadSession?> SessionAsync(string repository, string id, CancellationToken cancel) =>
        sessions.TryGetValue(id, out UploadSession? session) ? session : await FindAsync(repository, id, cancel).ConfigureAwait(false);

    /// <summary>Forgets pushes that were begun before a moment and that other processes have ended.</summary>
    public void Forget(DateTimeOffset before)
    {
        if (!coordinator.IsShared) return;
        foreach (UploadSession session in sessions.Values.Where(session => session.StartedAt < before)) sessions.TryRemove(session.Id, out _);
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
