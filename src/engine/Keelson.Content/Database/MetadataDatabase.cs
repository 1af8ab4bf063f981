using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Content;

/// <summary>The content and the metadata of an engine, in one directory.</summary>
/// <remarks>
/// <code>
/// ROOT/lock                     held by the process that has the store open
/// ROOT/metadata/checkpoint-N    a whole state
/// ROOT/metadata/log-N           what happened since
/// ROOT/blobs/sha256/HEX         content
/// ROOT/ingests/ID               bytes of content that is being written
/// ROOT/quarantine/sha256-HEX    what a scrub found damaged
/// </code>
/// Reads take the latest state that is in the log, and wait for nobody. Changes happen one after the other; each is in the log, and on the disk, when its task ends.
/// </remarks>
public sealed partial class MetadataDatabase : IAsyncDisposable
{
    private readonly FdHandle rootLock;

    private MetadataDatabase(MetadataOptions options, FdHandle rootLock, MetadataWriter writer)
    {
        Options = options;
        this.rootLock = rootLock;
        Writer = writer;
        Blobs = options.Blobs ?? new BlobDirectory(options.Root, options.Disk);
        Ingests = new(options.Root + "/ingests", options.Disk);
        Events = new(this);
        Namespaces = new(this);
        Collector = new(this);
        Scrubber = new(this);
    }

    /// <summary>What the store was opened with.</summary>
    public MetadataOptions Options { get; }

    /// <summary>What opening it found.</summary>
    public RecoveryReport Recovery { get; private set; } = new();

    /// <summary>Namespaces.</summary>
    public NamespaceStore Namespaces { get; }

    /// <summary>The event log of all namespaces.</summary>
    public EventLog Events { get; }

    /// <summary>Removes what nothing needs.</summary>
    public GarbageCollector Collector { get; }

    /// <summary>Looks for damage.</summary>
    public Scrubber Scrubber { get; }

    /// <summary>Why the log could not be replaced by a checkpoint last; <see langword="null"/> when all is well. Nothing is lost by it, but the log grows.</summary>
    public Exception? CheckpointFailure => Writer.CheckpointFailure;

    internal MetadataWriter Writer { get; }

    internal IBlobStore Blobs { get; }

    internal IngestDirectory Ingests { get; }

    internal KeyedLock DigestLocks { get; } = new();

    internal MetadataState State => Writer.Published;

    /// <summary>Opens a store, makes it when it is missing, and puts right what a crash left.</summary>
    /// <exception cref="KeelsonException">Unavailable: another process has it open. DataLoss: the metadata are damaged. FailedPrecondition: a later release wrote them.</exception>
    public static MetadataDatabase Open(MetadataOptions options)
    {
        foreach (string directory in (ReadOnlySpan<string>)["", "/metadata", "/blobs", "/blobs/sha256", "/blobs/sha512", "/ingests", "/quarantine"])
            options.Disk.MakeDirectory(options.Root + directory);
        FdHandle rootLock = Lock(options.Root + "/lock");
        MetadataLog? log = null;
        try
        {
            log = MetadataLog.Open(options.Root + "/metadata", options.Disk, options.Migrations, out MetadataState state);
            MetadataWriter writer = new(log, state, options.Time, options.Retention, options.CheckpointBytes);
            MetadataDatabase database = new(options, rootLock, writer);
            database.Recovery = Keelson.Content.Recovery.Run(database, log, state);
            return database;
        }
        catch
        {
            log?.Dispose();
            rootLock.Dispose();
            throw;
        }
    }

    /// <summary>Content of a namespace.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="lease">A lease that holds what is written through the result; <see langword="null"/> for none.</param>
    /// <exception cref="KeelsonException">InvalidArgument: the name is no <see cref="Identifier"/>.</exception>
    public ContentStore Content(string space, string? lease = null) => new(this, Checked(space), lease);

    /// <summary>Images of a namespace.</summary>
    /// <inheritdoc cref="Content" path="/param|/exception"/>
    public ImageStore Images(string space) => new(this, Checked(space));

    /// <summary>Leases of a namespace.</summary>
    /// <inheritdoc cref="Content" path="/param|/exception"/>
    public LeaseStore Leases(string space) => new(this, Checked(space));

    /// <summary>Containers of a namespace.</summary>
    /// <inheritdoc cref="Content" path="/param|/exception"/>
    public ContainerStore Containers(string space) => new(this, Checked(space));

    /// <summary>Sandboxes of a namespace.</summary>
    /// <inheritdoc cref="Content" path="/param|/exception"/>
    public SandboxStore Sandboxes(string space) => new(this, Checked(space));

    /// <summary>Snapshots of a namespace and a snapshotter.</summary>
    /// <param name="space">The namespace.</param>
    /// <param name="snapshotter">The snapshotter's name, an <see cref="Identifier"/>.</param>
    /// <param name="lease">A lease that holds what is made through the result; <see langword="null"/> for none.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a name is no <see cref="Identifier"/>.</exception>
    public SnapshotIndex Snapshots(string space, string snapshotter, string? lease = null)
    {
        Identifier.Check("snapshotter", snapshotter);
        return new(this, Checked(space), snapshotter, lease);
    }

    /// <summary>One moment of all namespaces, to read several lists that fit together, with the number of the last event that they include.</summary>
    public MetadataView View() => new(State);

    /// <summary>Ends what runs and closes the store.</summary>
    public async ValueTask DisposeAsync()
    {
        await Writer.DisposeAsync().ConfigureAwait(false);
        (Options.Blobs as IDisposable)?.Dispose();
        rootLock.Dispose();
    }

    private static string Checked(string space)
    {
        Identifier.Check("namespace", space);
        return space;
    }

    /// <summary>A program that the last holder was just starting has its lock until execve(2), some milliseconds: 0.2 s are granted.</summary>
    private const int LockPauses = 100, LockPauseMicroseconds = 2000;

    private static FdHandle Lock(string path)
    {
        FdHandle handle = Files.Open(path, OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_NOFOLLOW, 0b110_000_000);
        Errno errno = Files.TryLock(handle.Fd, LockOperation.Exclusive | LockOperation.NonBlocking);
        for (int pause = 0; errno == Errno.EAGAIN && pause < LockPauses; pause++)
        {
            Clock.Pause(LockPauseMicroseconds);
            errno = Files.TryLock(handle.Fd, LockOperation.Exclusive | LockOperation.NonBlocking);
        }
        if (errno == Errno.None) return handle;
        handle.Dispose();
        throw errno == Errno.EAGAIN ? new KeelsonException(ErrorKind.Unavailable, $"open {path}: another process has the store open") : new LinuxException("lock", path, errno);
    }
}
