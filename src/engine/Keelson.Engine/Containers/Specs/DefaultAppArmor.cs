using System.Diagnostics;

namespace Keelson.Engine.Containers;

/// <summary>The profile of AppArmor that containers have which name none: it forbids what docker's does. apparmor.d(5), apparmor_parser(8).</summary>
internal sealed class DefaultAppArmor : IDisposable
{
    /// <summary>Its name.</summary>
    public const string Name = "keelson-default";

    private const string Profiles = "/sys/kernel/security/apparmor/profiles";

    // What is not denied is allowed: capabilities, seccomp and the mounts of the container narrow that down.
    private const string Text = $$"""
        profile {{Name}} flags=(attach_disconnected,mediate_deleted) {
          network,
          capability,
          file,
          umount,

          # The runtime, which nothing confines, may send any signal, and the container to itself.
          signal (receive) peer=unconfined,
          signal (send, receive) peer={{Name}},
          ptrace (trace, read, tracedby, readby) peer={{Name}},

          deny mount,

          # Written to are processes. Kernel parameters are the runtime's to set.
          deny /proc/{*,[^1-9]*/**} w,
          deny /proc/{sysrq-trigger,kcore} rwklx,

          # Written to are control groups.
          deny /sys/{[^f],f[^s]}*/** wklx,
          deny /sys/fs/{[^c],c[^g],cg[^r]}*/** wklx,
          deny /sys/{firmware,devices/virtual/powercap,kernel/security}/** rwklx,
        }

        """;

    private readonly string parser;
    private readonly SemaphoreSlim turn = new(1);
    private bool wasLoaded;

    private DefaultAppArmor(string parser) => this.parser = parser;

    /// <summary>The profile where it can be loaded; <see langword="null"/> where AppArmor is off or out of sight, or its parser is not there.</summary>
    public static DefaultAppArmor? Find() =>
        File.Exists(Profiles) && Array.Find(["/usr/sbin/apparmor_parser", "/sbin/apparmor_parser"], File.Exists) is { } parser ? new(parser) : null;

    /// <summary>Loads it when this has not been done yet, or when somebody has unloaded it.</summary>
    /// <exception cref="KeelsonException">Unavailable: it cannot be loaded. Containers are not to run without it.</exception>
    public async Task EnsureLoadedAsync()
    {
        await turn.WaitAsync().ConfigureAwait(false);
        try
        {
            if (wasLoaded && IsLoaded()) return;
            await LoadAsync().ConfigureAwait(false);
            wasLoaded = true;
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    private static bool IsLoaded() => File.ReadLines(Profiles).Contains($"{Name} (enforce)", StringComparer.Ordinal);

    private async Task LoadAsync()
    {
        const string operation = $"load AppArmor profile {Name}";
        ProcessStartInfo start = new(parser, ["--replace", "--skip-cache"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync(), output = process.StandardOutput.ReadToEndAsync();
            await process.StandardInput.WriteAsync(Text).ConfigureAwait(false);
            process.StandardInput.Close();
            await process.WaitForExitAsync().ConfigureAwait(false);
            await output.ConfigureAwait(false);
            if (process.ExitCode != 0) throw new KeelsonException(ErrorKind.Unavailable, $"{operation}: {(await errors.ConfigureAwait(false)).Trim()}");
        }
        catch (Exception e) when (e is IOException or System.ComponentModel.Win32Exception)
        {
            throw new KeelsonException(ErrorKind.Unavailable, operation, e);
        }
    }
}
