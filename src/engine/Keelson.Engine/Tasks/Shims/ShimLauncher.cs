using System.Collections;
using System.Text;
using Keelson.Engine.Tasks.Bundles;
using Keelson.Engine.Tasks.Watching;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Shim.Api;
using Keelson.Shim.Launch;

namespace Keelson.Engine.Tasks.Shims;

/// <summary>Runs a shim's commands <c>start</c> and <c>delete</c> in a bundle, as containerd does.</summary>
internal sealed class ShimLauncher(TaskServiceOptions options, string address, string eventAddress, DescriptorWatcher watcher)
{
    /// <summary>Standard input is a pipe that is filled before the program runs: what fits into one.</summary>
    private const int InputLimitBytes = 60 << 10;

    private const int OutputLimitBytes = 1 << 20;

    /// <summary>Starts the shim of a container, or finds the one that serves it already.</summary>
    /// <param name="program">The program.</param>
    /// <param name="bundle">The container's bundle.</param>
    /// <param name="shimOptions">What the shim is to know.</param>
    /// <param name="isAlone">Whether the container gets a shim of its own, whatever its bundle says; ours alone know how.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <returns>Its address.</returns>
    /// <exception cref="KeelsonException">What the shim says, or Unavailable: it took too long.</exception>
    public async Task<string> StartAsync(ShimProgram program, TaskBundle bundle, TypedMessage? shimOptions, bool isAlone, CancellationToken cancel) =>
        ShimAnswer.Address(await RunAsync(program, bundle, "start", [], shimOptions?.Write().ToArray(), isAlone, options.StartLimit, cancel).ConfigureAwait(false));

    /// <summary>Removes what is left of a container whose shim cannot be reached.</summary>
    /// <exception cref="KeelsonException">What the shim says, or Unavailable: it took too long.</exception>
    public async Task<ExitResponse> DeleteAsync(ShimProgram program, TaskBundle bundle) =>
        ExitResponse.ParseDelete(await RunAsync(program, bundle, "delete", ["-bundle", bundle.Path], null, false, options.CleanupLimit, CancellationToken.None).ConfigureAwait(false));

    private async Task<byte[]> RunAsync(ShimProgram program, TaskBundle bundle, string command, string[] more, byte[]? input, bool isAlone, TimeSpan limit, CancellationToken cancel)
    {
        string[] words =
        [
            program.Path, "-namespace", bundle.Space, "-address", address, "-publish-binary", options.PublishProgram, "-id", bundle.Id, .. more,
            .. options.IsDebug ? (string[])["-debug"] : [], command,
        ];
        using FdHandle stdin = Input(input), stdout = Output("stdout"), stderr = Output("stderr");
        Spawn.TryStart(program.Path, words, Variables(bundle.Space, isAlone), [stdin.Fd, stdout.Fd, stderr.Fd], bundle.Path, newSession: false, out int pid).ThrowIfError("start shim", program.Path);
        (WaitStatus status, bool inTime) = await watcher.WaitForChildAsync(pid, limit, options.Time, cancel).ConfigureAwait(false);
        cancel.ThrowIfCancellationRequested();
        if (!inTime) throw new KeelsonException(ErrorKind.Unavailable, $"shim {program.Path} {command} {bundle.Id}: it did not end within {limit.TotalSeconds} s and was killed");
        if (status.Raw == 0) return Read(stdout);
        string said = Encoding.UTF8.GetString(Read(stderr)).Trim();
        throw new KeelsonException(ErrorKind.Unknown, $"shim {program.Path} {command} {bundle.Id}: {(said.Length > 0 ? said : "exit status " + status.ShellCode)}");
    }

    /// <summary>The daemon's own environment with what shims are told by it.</summary>
    private string[] Variables(string space, bool isAlone)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            if (entry is { Key: string key, Value: string value } && !key.StartsWith("DOTNET_", StringComparison.Ordinal) && key != "NOTIFY_SOCKET")
                variables[key] = value;
        variables["GOMAXPROCS"] = "2";
        variables["TTRPC_ADDRESS"] = eventAddress;
        variables["GRPC_ADDRESS"] = address;
        variables["NAMESPACE"] = space;
        variables["MAX_SHIM_VERSION"] = "2";
        if (isAlone) variables[SharedShim.GroupVariable] = SharedShim.Alone;
        return [.. variables.Select(variable => variable.Key + "=" + variable.Value)];
    }

    private static FdHandle Input(byte[]? bytes)
    {
        if (bytes is null) return Files.Open("/dev/null", OpenFlags.O_RDONLY);
        if (bytes.Length > InputLimitBytes) throw new KeelsonException(ErrorKind.InvalidArgument, $"start shim: its options have {bytes.Length} bytes, more than {InputLimitBytes}");
        Files.TryPipe(out FdHandle? readEnd, out FdHandle? writeEnd).ThrowIfError("pipe");
        using (writeEnd) Files.TryWrite(writeEnd!.Fd, bytes).ThrowIfError("write", "pipe");
        return readEnd!;
    }

    private static FdHandle Output(string name)
    {
        Files.TryMemoryFile(name, out FdHandle? file).ThrowIfError("memfd_create", name);
        return file!;
    }

    private static byte[] Read(FdHandle file)
    {
        Files.TryStatus(file.Fd, out FileStatus status).ThrowIfError("stat", "output of a shim");
        byte[] bytes = new byte[Math.Min(status.Size, OutputLimitBytes)];
        int length = 0;
        for (int count = -1; length < bytes.Length && count != 0; length += count) Files.TryReadAt(file.Fd, length, bytes.AsSpan(length), out count).ThrowIfError("read", "output of a shim");
        return bytes[..length];
    }
}
