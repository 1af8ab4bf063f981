namespace Keelson.Testing;

/// <summary>The source tree that the tests were built from, and what was built in it.</summary>
public static class Repository
{
    /// <summary>The folder that holds <c>Keelson.slnx</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The ahead-of-time compiled runtime; <c>./test</c> publishes it before the tests run.</summary>
    public static string PublishedRuntime { get; } = Published("keelson-runtime");

    /// <summary>The ahead-of-time compiled shim.</summary>
    public static string PublishedShim { get; } = Published("containerd-shim-keelson-v2");

    /// <summary>The ahead-of-time compiled daemon; <c>KEELSON_TEST_DAEMON</c> names another program.</summary>
    public static string PublishedDaemon { get; } = Environment.GetEnvironmentVariable("KEELSON_TEST_DAEMON") is { Length: > 0 } path ? Path.GetFullPath(path) : Published("keelsond");

    /// <summary>The ahead-of-time compiled command line.</summary>
    public static string PublishedCli { get; } = Published("keelson");

    /// <summary>The ahead-of-time compiled CNI plug-in.</summary>
    public static string PublishedCni { get; } = Published("keelson-cni");

    private static string Published(string name) => Path.Combine(Root, $"artifacts/publish/{name}/release/{name}");

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Keelson.slnx"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"no Keelson.slnx above {AppContext.BaseDirectory}");
    }
}
