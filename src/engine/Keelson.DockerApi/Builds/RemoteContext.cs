using System.Diagnostics;
using Keelson.Build;

namespace Keelson.DockerApi.Builds;

/// <summary>Contexts that the engine fetches itself: an archive or a Dockerfile by HTTP, a repository by git.</summary>
internal static class RemoteContext
{
    private const string GitProgram = "/usr/bin/git";

    /// <summary>Fetches a context.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the address means nothing here. Unavailable: it cannot be had.</exception>
    public static Task<BuildContext> OpenAsync(string address, string directory, CancellationToken cancel)
    {
        bool isHttp = address.StartsWith("http://", StringComparison.Ordinal) || address.StartsWith("https://", StringComparison.Ordinal);
        bool isGit = address.StartsWith("git://", StringComparison.Ordinal) || address.StartsWith("git@", StringComparison.Ordinal) || address.StartsWith("github.com/", StringComparison.Ordinal)
            || isHttp && address.Split('#')[0].EndsWith(".git", StringComparison.Ordinal);
        if (isGit) return CloneAsync(address.StartsWith("github.com/", StringComparison.Ordinal) ? "https://" + address : address, directory, cancel);
        return isHttp ? FetchAsync(address, directory, cancel) : throw new KeelsonException(ErrorKind.InvalidArgument, $"remote context {address}: is neither an address of HTTP nor of git");
    }

    private static async Task<BuildContext> FetchAsync(string address, string directory, CancellationToken cancel)
    {
        using HttpClient client = new();
        try
        {
            using HttpResponseMessage answer = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancel).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode) throw new KeelsonException(ErrorKind.NotFound, $"remote context {address}: the server answers {(int)answer.StatusCode}");
            if (answer.Content.Headers.ContentType?.MediaType is not "text/plain")
                return await BuildContext.UnpackAsync(await answer.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false), directory, cancel).ConfigureAwait(false);
            await answer.Content.LoadIntoBufferAsync(Dockerfile.LimitBytes, cancel).ConfigureAwait(false);
            return BuildContext.Of(await answer.Content.ReadAsByteArrayAsync(cancel).ConfigureAwait(false), directory);
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"remote context {address}", e);
        }
    }

    /// <summary>Clones a repository: <c>ADDRESS#REF:FOLDER</c>.</summary>
    private static async Task<BuildContext> CloneAsync(string address, string directory, CancellationToken cancel)
    {
        if (!File.Exists(GitProgram)) throw new KeelsonException(ErrorKind.Unsupported, $"remote context {address}: this machine has no program git");
        string[] parts = address.Split('#', 2), inside = (parts.Length > 1 ? parts[1] : "").Split(':', 2);
        string reference = inside[0].Length > 0 ? inside[0] : "HEAD", folder = inside.Length > 1 ? inside[1] : "";
        if (reference.StartsWith('-') || parts[0].StartsWith('-')) throw new KeelsonException(ErrorKind.InvalidArgument, $"remote context {address}: it begins with a dash");
        await GitAsync(directory, cancel, "init", "-q", ".").ConfigureAwait(false);
        await GitAsync(directory, cancel, "fetch", "-q", "--depth", "1", "--recurse-submodules=no", "--", parts[0], reference).ConfigureAwait(false);
        await GitAsync(directory, cancel, "checkout", "-q", "FETCH_HEAD").ConfigureAwait(false);
        string path = Path.GetFullPath(Path.Combine(directory, folder));
        // A folder that is a link in the repository leads nowhere outside.
        if (path != directory && !path.StartsWith(directory + "/", StringComparison.Ordinal) || !Directory.Exists(path) || File.ResolveLinkTarget(path, returnFinalTarget: false) is not null)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"remote context {address}: it has no directory {folder}");
        return BuildContext.Open(path);
    }

    private static async Task GitAsync(string directory, CancellationToken cancel, params string[] arguments)
    {
        ProcessStartInfo start = new(GitProgram, ["-c", "core.hooksPath=/dev/null", "-c", "protocol.file.allow=never", "-c", "protocol.ext.allow=never", .. arguments])
        {
            WorkingDirectory = directory,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["HOME"] = "/nonexistent";
        using Process process = Process.Start(start) ?? throw new KeelsonException(ErrorKind.Unavailable, "start git: it did not start");
        process.StandardInput.Close();
        try
        {
            string said = await process.StandardError.ReadToEndAsync(cancel).ConfigureAwait(false);
            await process.WaitForExitAsync(cancel).ConfigureAwait(false);
            if (process.ExitCode != 0) throw new KeelsonException(ErrorKind.Unavailable, $"git {arguments[0]}: {said.AsSpan(0, Math.Min(said.Length, 1000)).Trim()}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
