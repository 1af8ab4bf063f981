using System.Diagnostics;

namespace Keelson.Interop.Tests;

/// <summary>The validation programs of the OCI runtime-tools, built once, and a private host to run them in.</summary>
public sealed class ValidationFixture : IAsyncLifetime
{
    private const int SourcesAreMissing = 75;
    private static readonly string Place = Path.Combine(Repository.Root, "artifacts/interop/runtime-tools");

    private PrivateHost? host;

    /// <summary>Whether the sources of the programs were to be had.</summary>
    public bool IsBuilt { get; private set; }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (Callers.Missing("go", "tini") is not null) return;
        Directory.CreateDirectory(Place);
        using Process build = Process.Start(new ProcessStartInfo("/bin/bash", [Path.Combine(AppContext.BaseDirectory, "Validation/build.sh"), Place]) { RedirectStandardError = true })!;
        string errors = await build.StandardError.ReadToEndAsync();
        await build.WaitForExitAsync();
        if (build.ExitCode == SourcesAreMissing) return;
        if (build.ExitCode != 0) throw new InvalidOperationException($"build the validation programs: status {build.ExitCode}: {errors}");
        host = await PrivateHost.StartAsync();
        (await host.RunAsync("mkdir", "/run/tmp")).Succeeds();
        host.Environment["TMPDIR"] = "/run/tmp";
        host.Environment["RUNTIME"] = RuntimeUnderTest.Program;
        IsBuilt = true;
    }

    /// <summary>Runs a program in the directory where it finds what it copies into its containers.</summary>
    public Task<CommandResult> RunAsync(string program) => host!.RunAsync("sh", "-c", $"cd '{Place}' && exec bin/{program}");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (host is not null) await host.DisposeAsync();
    }
}
