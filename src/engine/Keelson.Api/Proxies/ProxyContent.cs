using System.Buffers;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Keelson.Content;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using V1 = Containerd.Services.Content.V1;

namespace Keelson.Api;

/// <summary>Content whose bytes another program keeps: containerd's proxy plug-in of type <c>content</c>.</summary>
/// <remarks>
/// Names, labels, leases and collection are the engine's own, as they are containerd's with such a plug-in: the other program sees a digest and bytes. All of it is in one namespace there that
/// is named after the engine, and labelled, so a containerd at the other end keeps it, and what others have put there is never touched. What is being written is a file here until its
/// commit, which sends it; what is read is fetched into a file without a name.
/// </remarks>
public sealed class ProxyContent : IBlobStore, IDisposable
{
    private const string OwnLabel = "io.keelson.content", RootLabel = "containerd.io/gc.root";
    private const int ChunkBytes = 1 << 20;
    private const uint FileMode = 0b110_000_000, DirectoryMode = 0b111_000_000;

    /// <summary>How long the other program may take for one message.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ProxyConnection connection;
    private readonly V1.Content.ContentClient client;
    private readonly string owner, directory;
    private readonly Metadata headers;
    private readonly TimeProvider time;
    private long last;

    /// <summary>Makes a store; the other program need not run yet.</summary>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="address">Path of the other program's socket.</param>
    /// <param name="owner">The engine's name, which stays the same as long as its metadata.</param>
    /// <param name="directory">A directory for what is fetched, on a file system that has room for the largest blob. It is made, and emptied.</param>
    /// <param name="time">The clock that deadlines are told by.</param>
    /// <exception cref="KeelsonException">The directory could not be made.</exception>
    public ProxyContent(string name, string address, string owner, string directory, TimeProvider time)
    {
        this.time = time;
        this.owner = owner;
        this.directory = directory;
        Files.TryMakeDirectories(directory, DirectoryMode).ThrowIfError("make directory", directory);
        // A file has its name for a moment, in which the process may have been killed.
        Directories.TryListNames(directory, out List<string> left).ThrowIfError("list", directory);
        foreach (string file in left) Files.TryUnlink($"{directory}/{file}").ThrowIfError("remove", file);
        headers = ProxyConnection.In("keelson-" + owner);
        connection = new(name, address);
        client = new(connection.Channel);
    }

    /// <inheritdoc/>
    public bool IsLocal => false;

    /// <inheritdoc/>
    public bool TryFind(Digest digest, out BlobStatus found)
    {
        try
        {
            found = new(client.Info(new() { Digest = digest.ToString() }, headers, Deadline).Info.Size, 0);
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            found = default;
            return false;
        }
        catch (RpcException e)
        {
            throw connection.Error($"look up content {digest}", e);
        }
    }

    /// <inheritdoc/>
    public FdHandle? Open(Digest digest)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"{directory}/{Interlocked.Increment(ref last)}");
        FdHandle file = Files.Open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_NOFOLLOW, FileMode);
        try
        {
            Files.TryUnlink(path).ThrowIfError("remove", path);
            if (Wait($"read content {digest}", cancel => FetchAsync(digest, file, cancel))) return file;
            file.Dispose();
            return null;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Adopt(string file, Digest digest)
    {
        using (FdHandle bytes = Files.Open(file, OpenFlags.O_RDONLY | OpenFlags.O_NOFOLLOW)) Wait($"write content {digest}", cancel => SendAsync(digest, bytes, cancel));
        Files.TryUnlink(file).ThrowIfError("remove", file);
    }

    /// <inheritdoc/>
    public void GiveBack(Digest digest, string file)
    {
        string early = file + ".back";
        using (FdHandle bytes = Files.Open(early, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_TRUNC | OpenFlags.O_NOFOLLOW, FileMode))
            if (!Wait($"read content {digest}", cancel => FetchAsync(digest, bytes, cancel))) throw new KeelsonException(ErrorKind.DataLoss, $"read content {digest}: it is missing");
        Files.TryRename(early, file).ThrowIfError("rename", early);
        Remove(digest);
    }

    /// <inheritdoc/>
    public bool Remove(Digest digest)
    {
        try
        {
            client.Delete(new() { Digest = digest.ToString() }, headers, Deadline);
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return false;
        }
        catch (RpcException e)
        {
            throw connection.Error($"delete content {digest}", e);
        }
    }

    /// <summary>Removes it: there is no place to keep it at.</summary>
    public string? Quarantine(Digest digest)
    {
        Remove(digest);
        return null;
    }

    /// <inheritdoc/>
    public HashSet<Digest> List() => Wait("list content", async cancel =>
    {
        HashSet<Digest> digests = [];
        using AsyncServerStreamingCall<V1.ListContentResponse> call = client.List(new() { Filters = { $"labels.\"{OwnLabel}\"=={owner}" } }, headers, cancellationToken: cancel.Token);
        while (await NextAsync(call.ResponseStream, cancel).ConfigureAwait(false))
            foreach (V1.Info info in call.ResponseStream.Current.Info)
                if (Digest.TryParse(info.Digest, out Digest digest))
                    digests.Add(digest);
        return digests;
    });

    /// <summary>Closes the connection.</summary>
    public void Dispose() => connection.Dispose();

    private DateTime Deadline => time.GetUtcNow().UtcDateTime + Patience;

    /// <summary>Sends a file; one that was sent in part before goes on where it was left.</summary>
    private async Task<bool> SendAsync(Digest digest, FdHandle file, CancellationTokenSource cancel)
    {
        Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("stat", digest.ToString());
        V1.WriteContentRequest Request(V1.WriteAction action, long offset) => new() { Action = action, Ref = "keelson-" + digest, Total = status.Size, Expected = digest.ToString(), Offset = offset };
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        using AsyncDuplexStreamingCall<V1.WriteContentRequest, V1.WriteContentResponse> call = client.Write(headers, cancellationToken: cancel.Token);
        try
        {
            long at = (await AnswerAsync(call, Request(V1.WriteAction.Stat, 0), cancel).ConfigureAwait(false)).Offset;
            while (at < status.Size)
            {
                Files.TryReadAt(file.Fd, at, buffer.AsSpan(0, ChunkBytes), out int count).ThrowIfError("read", digest.ToString());
                if (count == 0) throw new KeelsonException(ErrorKind.DataLoss, $"write content {digest}: its file ends at {at} and not at {status.Size}");
                V1.WriteContentRequest piece = Request(V1.WriteAction.Write, at);
                // The answer comes when the bytes were taken; then the buffer is free again.
                piece.Data = UnsafeByteOperations.UnsafeWrap(buffer.AsMemory(0, count));
                at = (await AnswerAsync(call, piece, cancel).ConfigureAwait(false)).Offset;
            }
            V1.WriteContentRequest commit = Request(V1.WriteAction.Commit, status.Size);
            commit.Labels.Add(OwnLabel, owner);
            commit.Labels.Add(RootLabel, "1");
            await AnswerAsync(call, commit, cancel).ConfigureAwait(false);
            await call.RequestStream.CompleteAsync().ConfigureAwait(false);
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.AlreadyExists)
        {
            // A commit before this one was not heard to its end.
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<V1.WriteContentResponse> AnswerAsync(AsyncDuplexStreamingCall<V1.WriteContentRequest, V1.WriteContentResponse> call, V1.WriteContentRequest request, CancellationTokenSource cancel)
    {
        cancel.CancelAfter(Patience);
        try
        {
            await call.RequestStream.WriteAsync(request, cancel.Token).ConfigureAwait(false);
        }
        catch (RpcException)
        {
            // Why the call has ended is what the answer says.
        }
        if (await call.ResponseStream.MoveNext(cancel.Token).ConfigureAwait(false)) return call.ResponseStream.Current;
        throw new RpcException(new Status(StatusCode.Unavailable, "the other program has ended the call"));
    }

    /// <summary>Fetches a blob into a file.</summary>
    /// <returns>Whether it is there.</returns>
    private async Task<bool> FetchAsync(Digest digest, FdHandle file, CancellationTokenSource cancel)
    {
        try
        {
            using AsyncServerStreamingCall<V1.ReadContentResponse> call = client.Read(new() { Digest = digest.ToString() }, headers, cancellationToken: cancel.Token);
            while (await NextAsync(call.ResponseStream, cancel).ConfigureAwait(false)) Files.TryWrite(file.Fd, call.ResponseStream.Current.Data.Span).ThrowIfError("write", directory);
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return false;
        }
    }

    private static Task<bool> NextAsync<T>(IAsyncStreamReader<T> reader, CancellationTokenSource cancel)
    {
        cancel.CancelAfter(Patience);
        return reader.MoveNext(cancel.Token);
    }

    /// <summary>Makes a streaming call for a caller to whom content is files, and files wait for nothing but the disk: its thread waits here.</summary>
    private T Wait<T>(string operation, Func<CancellationTokenSource, Task<T>> call)
    {
        using CancellationTokenSource cancel = new();
        try
        {
            return Task.Run(() => call(cancel)).GetAwaiter().GetResult();
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Cancelled && cancel.IsCancellationRequested)
        {
            throw Late(operation, e);
        }
        catch (RpcException e)
        {
            throw connection.Error(operation, e);
        }
        catch (OperationCanceledException e) when (cancel.IsCancellationRequested)
        {
            throw Late(operation, e);
        }
    }

    private static KeelsonException Late(string operation, Exception e) => new(ErrorKind.Unavailable, $"{operation}: the other program does not answer within {Patience.TotalSeconds} s", e);
}
