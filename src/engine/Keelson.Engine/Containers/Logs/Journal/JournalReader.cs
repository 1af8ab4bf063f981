using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Keelson.Engine.Containers;

/// <summary>Reads a container's entries from the journal by journalctl(1), which knows its files.</summary>
/// <param name="id">Identity of the container.</param>
/// <param name="time">The clock.</param>
internal sealed class JournalReader(string id, TimeProvider time)
{
    /// <summary>Names of fields.</summary>
    public const string IdField = "CONTAINER_ID_FULL", PartField = "CONTAINER_PARTIAL_MESSAGE", TimeField = "SYSLOG_TIMESTAMP";

    /// <summary>The priority of what came from standard error.</summary>
    public const string ErrorPriority = "3";

    /// <summary>Reads entries.</summary>
    /// <param name="options">Which part.</param>
    /// <param name="ended">Ends when nothing more will come; with <see cref="LogOptions.Follow"/> it is waited for.</param>
    /// <param name="flush">Sends what waits to be sent.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="KeelsonException">Unavailable: there is no journalctl, or it failed.</exception>
    public async IAsyncEnumerable<LogLine> ReadAsync(LogOptions options, Task ended, Func<Task> flush, [EnumeratorCancellation] CancellationToken cancel)
    {
        await SyncAsync(flush, cancel).ConfigureAwait(false);
        string? cursor = null;
        // With a tail of none the last entry is looked at all the same: what comes later comes after it, also when following has not begun before the end.
        await foreach (JournalEntry entry in RunAsync(Selection(options), cancel).ConfigureAwait(false))
        {
            cursor = entry.Cursor;
            if (options.Until is { } until && entry.Line.At > until) yield break;
            if (options.Tail is not <= 0 && Wants(options, entry.Line)) yield return entry.Line;
        }
        cancel.ThrowIfCancellationRequested();
        if (!options.Follow) yield break;
        if (!ended.IsCompleted)
        {
            using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            _ = EndAsync(ended, options.Until, over);
            await foreach (JournalEntry entry in RunAsync([.. After(cursor), "--follow"], over.Token).ConfigureAwait(false))
            {
                cursor = entry.Cursor;
                if (options.Until is { } until && entry.Line.At > until) yield break;
                if (Wants(options, entry.Line)) yield return entry.Line;
            }
            cancel.ThrowIfCancellationRequested();
        }
        // What came between the last entry that was followed and the end.
        await SyncAsync(flush, cancel).ConfigureAwait(false);
        await foreach (JournalEntry entry in RunAsync(After(cursor), cancel).ConfigureAwait(false))
        {
            if (options.Until is { } until && entry.Line.At > until) yield break;
            if (Wants(options, entry.Line)) yield return entry.Line;
        }
        cancel.ThrowIfCancellationRequested();
    }

    private static string[] After(string? cursor) => cursor is null ? ["--no-tail"] : ["--no-tail", "--after-cursor=" + cursor];

    private static bool Wants(LogOptions options, LogLine line) => !(options.Since is { } since && line.At < since) && (line.Stream == StandardStream.Error ? options.Stderr : options.Stdout);

    private static string[] Selection(LogOptions options)
    {
        List<string> words = ["--lines=" + (options.Tail is { } tail ? Math.Max(tail, 1).ToString(CultureInfo.InvariantCulture) : "all")];
        // The journal has whole seconds here; entries are looked at again.
        if (options.Since is { } since) words.Add(string.Create(CultureInfo.InvariantCulture, $"--since=@{since.ToUnixTimeSeconds()}"));
        return [.. words];
    }

    /// <summary>Ends the following when the container or the time is at its end.</summary>
    private async Task EndAsync(Task ended, DateTimeOffset? until, CancellationTokenSource over)
    {
        try
        {
            Task late = until is { } end && end - time.GetUtcNow() is var left ? Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, time, over.Token) : Task.Delay(Timeout.InfiniteTimeSpan, time, over.Token);
            await Task.WhenAny(ended, late).ConfigureAwait(false);
            await over.CancelAsync().ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The reader has ended first.
        }
    }

    /// <summary>Makes sure that what was sent can be read.</summary>
    private static async Task SyncAsync(Func<Task> flush, CancellationToken cancel)
    {
        await flush().WaitAsync(cancel).ConfigureAwait(false);
        using Process sync = Start(["--sync"]);
        try
        {
            // Where the journal belongs to another machine it cannot be asked, and what is in its files is what there is.
            await Task.WhenAll(sync.StandardError.ReadToEndAsync(cancel), sync.StandardOutput.ReadToEndAsync(cancel), sync.WaitForExitAsync(cancel)).ConfigureAwait(false);
        }
        finally
        {
            Kill(sync);
        }
    }

    private async IAsyncEnumerable<JournalEntry> RunAsync(string[] selection, [EnumeratorCancellation] CancellationToken cancel)
    {
        using Process program = Start(["--output=json", "--all", "--quiet", "--no-pager", $"--output-fields=MESSAGE,PRIORITY,{PartField},{TimeField}", .. selection, $"{IdField}={id}"]);
        try
        {
            Task<string> errors = program.StandardError.ReadToEndAsync(CancellationToken.None);
            while (true)
            {
                string? json;
                try
                {
                    json = await program.StandardOutput.ReadLineAsync(cancel).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    yield break;
                }
                if (json is null) break;
                if (JournalEntry.TryRead(json, out JournalEntry entry)) yield return entry;
            }
            await program.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            // 1 is also that there are no entries.
            string said = (await errors.ConfigureAwait(false)).Trim();
            if (program.ExitCode != 0 && said.Length > 0) throw new KeelsonException(ErrorKind.Unavailable, $"read journal of container {id}: journalctl ended with {program.ExitCode}: {said}");
        }
        finally
        {
            Kill(program);
        }
    }

    private static Process Start(IEnumerable<string> arguments)
    {
        ProcessStartInfo info = new("journalctl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8 };
        try
        {
            return Process.Start(info)!;
        }
        catch (Win32Exception e)
        {
            throw new KeelsonException(ErrorKind.Unavailable, "read journal: journalctl cannot be started", e);
        }
    }

    private static void Kill(Process process)
    {
        if (!process.HasExited) process.Kill();
    }

    /// <summary>An entry with its place in the journal.</summary>
    private readonly record struct JournalEntry(string Cursor, LogLine Line)
    {
        public static bool TryRead(string json, out JournalEntry entry)
        {
            entry = default;
            try
            {
                using JsonDocument document = JsonDocument.Parse(json);
                JsonElement fields = document.RootElement;
                if (Text(fields, "__CURSOR") is not { } cursor || !fields.TryGetProperty("MESSAGE", out JsonElement message)) return false;
                byte[] text = Bytes(message);
                if (Text(fields, PartField) != "true") text = [.. text, (byte)'\n'];
                DateTimeOffset at = DateTimeOffset.TryParse(Text(fields, TimeField), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset said) ? said
                    : DateTimeOffset.UnixEpoch.AddMicroseconds(double.Parse(Text(fields, "__REALTIME_TIMESTAMP") ?? "0", CultureInfo.InvariantCulture));
                entry = new(cursor, new(Text(fields, "PRIORITY") == ErrorPriority ? StandardStream.Error : StandardStream.Output, at, text));
                return true;
            }
            catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
            {
                // A line that is no entry is passed over, as a torn one of a file is.
                return false;
            }
        }

        // What is not UTF-8 is a list of numbers.
        private static byte[] Bytes(JsonElement message) => message.ValueKind switch
        {
            JsonValueKind.String => Encoding.UTF8.GetBytes(message.GetString()!),
            JsonValueKind.Array => [.. message.EnumerateArray().Select(number => number.GetByte())],
            _ => [],
        };

        // A field that an entry has twice is a list; ours come once.
        private static string? Text(JsonElement fields, string name) => fields.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
