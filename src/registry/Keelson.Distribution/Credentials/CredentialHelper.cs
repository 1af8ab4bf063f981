using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Keelson.Distribution;

/// <summary>Runs the programs <c>docker-credential-NAME</c> that keep credentials for docker.</summary>
/// <remarks>docker-credential-helpers: <c>get</c> reads the server from standard input and writes an object with Username and Secret.</remarks>
/// <param name="limit">How long a helper may take; 30 s by default, since some of them ask people.</param>
public sealed class CredentialHelper(TimeSpan? limit = null)
{
    private const int MaxAnswerChars = 1 << 20;
    private const string TokenUser = "<token>";
    private readonly TimeSpan limit = limit ?? TimeSpan.FromSeconds(30);

    /// <summary>Asks a helper for a credential.</summary>
    /// <param name="name">What follows <c>docker-credential-</c>.</param>
    /// <param name="server">The server under which the credential is kept.</param>
    /// <param name="cancellation">Ends the helper.</param>
    /// <returns>The credential, or <see langword="null"/> when the helper has none.</returns>
    /// <exception cref="KeelsonException">InvalidArgument: the name is no name. Unavailable: the helper is missing, failed or answered something else.</exception>
    public async Task<RegistryCredential?> GetAsync(string name, string server, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') || name.Length is 0 or > 128)
            throw new KeelsonException(ErrorKind.InvalidArgument, "run a credential helper: its name is not of letters, digits and dashes");
        string program = "docker-credential-" + name;
        using CancellationTokenSource timed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timed.CancelAfter(limit);
        using Process process = Start(program);
        try
        {
            await process.StandardInput.WriteAsync(server.AsMemory(), timed.Token).ConfigureAwait(false);
            process.StandardInput.Close();
            Task<string> errors = ReadAsync(process.StandardError, timed.Token);
            string answer = await ReadAsync(process.StandardOutput, timed.Token).ConfigureAwait(false);
            // What a helper says when it fails may hold the secret; it is only looked at for the one known sentence.
            string said = answer + await errors.ConfigureAwait(false);
            await process.WaitForExitAsync(timed.Token).ConfigureAwait(false);
            if (process.ExitCode == 0) return Parse(program, answer);
            if (said.Contains("credentials not found", StringComparison.OrdinalIgnoreCase)) return null;
            throw new KeelsonException(ErrorKind.Unavailable, $"run {program}: it ended with {process.ExitCode}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"run {program}: it took longer than {limit.TotalSeconds} s");
        }
        catch (IOException e)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"run {program}: it did not read the server's name", e);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    private static Process Start(string program)
    {
        ProcessStartInfo info = new(program, ["get"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            return Process.Start(info)!;
        }
        catch (Win32Exception e)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"run {program}: it cannot be started", e);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellation)
    {
        StringBuilder text = new();
        char[] buffer = new char[4096];
        for (int read; (read = await reader.ReadAsync(buffer, cancellation).ConfigureAwait(false)) > 0;)
            if (text.Length < MaxAnswerChars) text.Append(buffer, 0, read);
        return text.ToString();
    }

    private static RegistryCredential? Parse(string program, string answer)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer);
            string? user = document.RootElement.GetProperty("Username").GetString(), secret = document.RootElement.GetProperty("Secret").GetString();
            if (string.IsNullOrEmpty(secret)) return null;
            return user == TokenUser ? new RegistryCredential { IdentityToken = secret } : new RegistryCredential { Username = user ?? "", Password = secret };
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new KeelsonException(ErrorKind.Unavailable, $"run {program}: its answer is not an object with Username and Secret");
        }
    }
}
