using System.Collections;
using System.Text;
using Keelson.Daemon.Configuration;
using Keelson.Linux.Sys;
using Keelson.Registry;
using Keelson.Registry.Garbage;
using Keelson.Registry.Postgres;
using Keelson.Registry.S3;
using Keelson.Registry.Storage;
using Keelson.Registry.Store;
using Keelson.Toml;

namespace Keelson.Daemon.Registry;

/// <summary>The configuration of a registry: TOML with the names of distribution's, and the variables of the environment that override them.</summary>
/// <remarks>
/// <code>
/// [log]                      level, formatter ("text", "json")
/// [http]                     see HttpConfig
/// [health]                   see HealthConfig
/// [storage.filesystem]       rootdirectory
/// [storage.inmemory]
/// [storage.s3]               see S3Config
/// [storage.redirect]         disable
/// [storage.delete]           enabled
/// [storage.maintenance]      readonly, uploadage, uploadinterval
/// [storage.garbage]          interval, untagged, lease
/// [storage.scrub]            see ScrubConfig
/// [catalog]                  maxentries
/// [validation]               sparseindexes, maxblobsize
/// [auth]                     see RegistryAuth
/// [coordination]             see CoordinationConfig
/// [tokenserver]              see TokenServerConfig
/// [notifications]            see NotificationConfig
/// [browse]                   enabled
/// [lint], [quota], [ratelimit]   see PolicyConfig
/// [retention]                see RetentionConfig
/// [proxy], [[upstream]], [[sync]]   see RegistryUpstreams
/// </code>
/// <c>REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY</c> is <c>rootdirectory</c> of <c>[storage.filesystem]</c>, as with distribution. Other keys are errors.
/// </remarks>
internal sealed record RegistryConfig
{
    private const string DefaultFile = "/etc/keelson/registry.toml", Prefix = "REGISTRY_";

    public string LogLevel { get; private set; } = "info";
    public string LogFormat { get; private set; } = "text";
    /// <summary>Folder of the store; <see langword="null"/>: it is in memory.</summary>
    public string? Root { get; private set; } = "/var/lib/keelson/registry";
    /// <summary>The bucket that is the store; <see langword="null"/>: none is.</summary>
    public S3Options? Bucket { get; private set; }
    /// <summary>Where the store is, for logs.</summary>
    public string Place => Bucket is { } bucket ? $"{bucket.Bucket}/{bucket.RootPrefix.Trim('/')}" : Root ?? "memory";
    /// <summary>What it shares with other registries on its store; <see langword="null"/>: it has the store alone.</summary>
    public PostgresOptions? Coordination { get; private set; }
    public RegistryOptions Registry { get; private set; } = new();
    public HousekeepingOptions Housekeeping { get; private set; } = new();
    public HttpConfig Http { get; private set; } = new();
    public HealthConfig Health { get; private set; } = new();
    public RegistryAuth Auth { get; private set; } = new();
    public TokenServerConfig? TokenServer { get; private set; }
    public NotificationConfig Notifications { get; private set; } = new();
    public RegistryUpstreams Upstreams { get; private set; } = new([], []);

    /// <summary>Whether <c>/keelson/v1/</c> is served.</summary>
    public bool ServesBrowse { get; private set; } = true;

    /// <summary>Reads the file and the environment.</summary>
    /// <param name="file">The file; <see langword="null"/> for the usual one when it is there.</param>
    /// <param name="variables">The environment.</param>
    /// <exception cref="KeelsonException">InvalidArgument: something in it is wrong; the message names file, line and key.</exception>
    public static RegistryConfig Load(string? file, IDictionary variables)
    {
        file ??= File.Exists(DefaultFile) ? DefaultFile : null;
        TomlValue root = file is null ? TomlValue.NewTable(1) : new TomlReader("configuration " + file, Encoding.UTF8.GetString(Files.ReadAll(file, TomlReader.LimitBytes).Span)).Read();
        EnvironmentText.Apply(root, Prefix, variables);
        return Read(new(file ?? "of the environment", "", root.Table!));
    }

    /// <summary>Opens the store.</summary>
    public IStorageDriver OpenStore() => Bucket is not null ? new S3Driver(Bucket) : Root is null ? new MemoryDriver() : new FilesystemDriver(Root);

    /// <summary>Opens what is shared.</summary>
    /// <param name="serves">Whether the process is the member that the configuration names, and not a command beside it.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<PostgresCoordinator?> OpenCoordinationAsync(bool serves, CancellationToken cancel = default) =>
        Coordination is null ? null : await PostgresCoordinator.OpenAsync(serves ? Coordination : Coordination with { Member = null }, cancel).ConfigureAwait(false);

    private static RegistryConfig Read(ConfigSection file)
    {
        ConfigSection log = file.Section("log"), storage = file.Section("storage"), catalog = file.Section("catalog"), validation = file.Section("validation");
        ConfigSection filesystem = storage.Section("filesystem"), delete = storage.Section("delete"), maintenance = storage.Section("maintenance"), garbage = storage.Section("garbage"), redirect = storage.Section("redirect");
        RegistryConfig config = new();
        config = config with
        {
            LogLevel = log.Text("level") ?? config.LogLevel,
            LogFormat = log.Text("formatter") ?? config.LogFormat,
            Http = HttpConfig.Read(file.Section("http")),
            Health = HealthConfig.Read(file.Section("health")),
            Root = storage.Tables.Contains("inmemory") ? null : filesystem.Text("rootdirectory") ?? config.Root,
        };
        config.Bucket = S3Config.Read(storage);
        storage.Section("inmemory").End();
        RegistryStoreOptions store = config.Registry.Store;
        config.Registry = config.Registry with
        {
            PublicAddress = config.Http.Host,
            AllowsRedirect = !redirect.Switch("disable", false),
            HasRelativeLocations = config.Http.HasRelativeUrls,
            AllowsDelete = delete.Switch("enabled", false),
            IsReadOnly = maintenance.Switch("readonly", false),
            UploadAge = maintenance.Duration("uploadage", config.Registry.UploadAge),
            PageLimit = (int)catalog.Integer("maxentries", config.Registry.PageLimit, 1, 1_000_000),
            BlobLimitBytes = validation.Integer("maxblobsize", long.MaxValue, 1, long.MaxValue),
            Store = store with { AllowsSparseIndexes = validation.Switch("sparseindexes", store.AllowsSparseIndexes), Lease = garbage.Duration("lease", store.Lease) },
        };
        config.Housekeeping = config.Housekeeping with
        {
            UploadInterval = maintenance.Duration("uploadinterval", config.Housekeeping.UploadInterval),
            GarbageInterval = garbage.Duration("interval", config.Housekeeping.GarbageInterval),
            Garbage = new GarbageOptions { RemovesUntagged = garbage.Switch("untagged", false) },
        };
        config.Coordination = CoordinationConfig.Read(file.Section("coordination"));
        ConfigSection browse = file.Section("browse");
        config.ServesBrowse = browse.Switch("enabled", true);
        browse.End();
        config.Upstreams = RegistryUpstreams.Read(file);
        config.Registry = PolicyConfig.Read(file, config.Registry) with { Upstreams = config.Upstreams.Upstreams };
        config.Housekeeping = RetentionConfig.Read(file.Section("retention"), config.Housekeeping);
        config.Housekeeping = ScrubConfig.Read(storage.Section("scrub"), config.Housekeeping);
        config.TokenServer = TokenServerConfig.Read(file.Section("tokenserver"));
        config.Auth = RegistryAuth.Read(file.Section("auth"), config.TokenServer?.Certificate);
        config.Notifications = NotificationConfig.Read(file.Section("notifications"));
        foreach (ConfigSection section in (ReadOnlySpan<ConfigSection>)[log, filesystem, delete, maintenance, garbage, redirect, storage, catalog, validation, file]) section.End();
        return config;
    }
}
