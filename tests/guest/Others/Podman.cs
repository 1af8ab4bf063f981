using Keelson.Guest.Support;

namespace Keelson.Guest.Others;

/// <summary>Debian's podman with an image <c>localhost/box</c>, for root or for the guest's ordinary user.</summary>
public sealed class Podman : IDisposable
{
    private const string User = "1000";
    private readonly string folder = TestDirectory.Make("podman");
    private readonly string[] prefix;

    /// <param name="runtime">Its OCI runtime.</param>
    /// <param name="isRootless">Run by the user, whose own service manager makes the cgroups.</param>
    public Podman(string runtime, bool isRootless = false)
    {
        string[] user = isRootless
            ? ["setpriv", "--reuid", User, "--regid", User, "--init-groups", "env", "--chdir=/home/user", "HOME=/home/user", "XDG_RUNTIME_DIR=/run/user/" + User, $"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{User}/bus"]
            : [];
        prefix = [.. user, "podman", "--runtime", runtime];
        Run("import", Machine.WriteTree(folder), "box").Succeeds();
    }

    /// <summary>Calls it.</summary>
    public CommandResult Run(params IReadOnlyList<string> arguments) => Machine.Run([.. prefix, .. arguments]);

    /// <summary>The container's main process.</summary>
    public string Pid(string name) => Run("inspect", "--format", "{{.State.Pid}}", name).Succeeds().Text;

    public void Dispose()
    {
        Run("rm", "--all", "--force", "--time", "0").Succeeds();
        TestDirectory.Remove(folder);
    }
}
