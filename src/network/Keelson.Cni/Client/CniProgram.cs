using System.ComponentModel;
using System.Diagnostics;
using Keelson.Network.Sandboxes;

namespace Keelson.Cni.Client;

/// <summary>Runs a plug-in's program: it reads its configuration, writes its answer, and ends. CNI 1.1 "Overview of execution flow".</summary>
/// <param name="host">The network namespace that it is started in.</param>
/// <param name="patience">How long it may take; then it is killed, with what it has started.</param>
internal sealed class CniProgram(NetworkPlace host, TimeSpan patience)
{
    /// <summary>Longest words of a program that has failed.</summary>
    private const int WordsLimitBytes = 64 << 10;

    private const string Prefix = "CNI_";

    /// <summary>Asks for something.</summary>
    /// <param name="path">The program.</param>
    /// <param name="variables">What the interface tells it by its environment. The rest of the environment is this process's.</param>
    /// <param name="input">What it reads.</param>
    /// <param name="cancel">Gives up, and kills it.</param>
    /// <returns>What it wrote.</returns>
    /// <exception cref="CniException">It fails, with its own words; it takes too long; it writes without end.</exception>
    public async Task<ReadOnlyMemory<byte>> RunAsync(string path, IReadOnlyDictionary<string, string> variables, ReadOnlyMemory<byte> input, CancellationToken cancel)
    {
        string what = $"CNI plug-in {Path.GetFileName(path)}: {variables["CNI_COMMAND"]}";
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(patience);
        using Process process = Start(what, path, variables);
        try
        {
            Task write = WriteAsync(process, input, limit.Token);
            Task<ReadOnlyMemory<byte>?> words = ReadAsync(process.StandardError.BaseStream, WordsLimitBytes, isCut: true, limit.Token);
            ReadOnlyMemory<byte>? answer = await ReadAsync(process.StandardOutput.BaseStream, CniJson.LimitBytes, isCut: false, limit.Token).ConfigureAwait(false);
            if (answer is not { } text) throw CniJson.Wrong($"{what}: it writes more than {CniJson.LimitBytes} bytes");
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            await write.ConfigureAwait(false);
            if (process.ExitCode == 0) return text;
            ReadOnlyMemory<byte>? said = await words.ConfigureAwait(false);
            if (CniErrorText.Read(text) is { } error) throw new CniException(error.Code, $"{what}: {error.Words} (code {(int)error.Code})");
            string rest = CniErrorText.Shorten(said is { } bytes ? System.Text.Encoding.UTF8.GetString(bytes.Span) : "");
            throw new CniException(CniErrorCode.Internal, $"{what}: it ended with {process.ExitCode} and no error{(rest.Length > 0 ? ": " + rest : "")}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new CniException(CniErrorCode.TryAgainLater, $"{what}: it took longer than {patience.TotalSeconds} s, and was killed");
        }
        finally
        {
            Kill(process);
        }
    }

    private Process Start(string what, string path, IReadOnlyDictionary<string, string> variables)
    {
        ProcessStartInfo info = new(path) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (string name in info.Environment.Keys.Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToList()) info.Environment.Remove(name);
        foreach ((string name, string value) in variables) info.Environment[name] = value;
        try
        {
            return host.Run(() => Process.Start(info)!);
        }
        catch (Win32Exception e)
        {
            throw new CniException(CniErrorCode.Internal, $"{what}: {path} cannot be started", e);
        }
    }

    /// <summary>One that does not read what it is told says by its end what it thinks of it.</summary>
    private static async Task WriteAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancel)
    {
        try
        {
            await using Stream stream = process.StandardInput.BaseStream;
            await stream.WriteAsync(input, cancel).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has closed its end.
        }
    }

    /// <summary>Reads to the end.</summary>
    /// <returns><see langword="null"/>: there is more than the limit, and it is not to be cut.</returns>
    private static async Task<ReadOnlyMemory<byte>?> ReadAsync(Stream stream, int limitBytes, bool isCut, CancellationToken cancel)
    {
        using MemoryStream all = new();
        byte[] buffer = new byte[16 << 10];
        for (int count; (count = await stream.ReadAsync(buffer, cancel).ConfigureAwait(false)) > 0;)
        {
            int room = limitBytes - (int)all.Length;
            if (count > room && !isCut) return null;
            all.Write(buffer, 0, Math.Min(count, room));
        }
        return all.ToArray();
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It has ended meanwhile.
        }
    }
}
