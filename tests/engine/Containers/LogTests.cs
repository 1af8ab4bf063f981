using System.Text;
using Keelson.Engine.Containers;

namespace Keelson.Engine.Tests.Containers;

public sealed class LogTests
{
    private static readonly LogOptions All = new();

    [Fact]
    public async Task Lines_come_back_as_they_were_written()
    {
        using FileLog log = Open(out _);
        log.Append(StandardStream.Output, "one\ntwo \"quoted\" \\ \t ü € 🐋\n"u8);
        log.Append(StandardStream.Error, "bad\n"u8);
        log.Append(StandardStream.Output, "no line feed"u8);
        log.Finish();
        Assert.Equal(["O:one\n", "O:two \"quoted\" \\ \t ü € 🐋\n", "E:bad\n", "O:no line feed"], await ReadAsync(log, All));
        Assert.Equal(["E:bad\n"], await ReadAsync(log, All with { Stdout = false }));
    }

    [Fact]
    public void The_file_is_dockers()
    {
        using FileLog log = Open(out string path);
        log.Append(StandardStream.Error, [(byte)'a', 0xff, 7, (byte)'\n']);
        log.Finish();
        Assert.Matches("""^\{"log":"a\\ufffd\\u0007\\n","stream":"stderr","time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"\}\n$""", File.ReadAllText(path));
    }

    [Fact]
    public async Task A_long_line_is_kept_in_parts()
    {
        using FileLog log = Open(out string path);
        string text = new('x', 40_000);
        log.Append(StandardStream.Output, Encoding.UTF8.GetBytes(text + "\n"));
        Assert.Equal(3, File.ReadAllLines(path).Length);
        Assert.Equal(text + "\n", string.Concat((await ReadAsync(log, All)).Select(line => line[2..])));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(3), InlineData(7), InlineData(100_000)]
    public async Task The_tail_is_the_last_lines_over_several_files(int count)
    {
        using FileLog log = Open(out _, maxSize: "1k", maxFile: "4");
        for (int i = 0; i < 60; i++) log.Append(StandardStream.Output, Encoding.UTF8.GetBytes($"line {i} {new string('.', i)}\n"));
        List<string> all = await ReadAsync(log, All), tail = await ReadAsync(log, All with { Tail = count });
        Assert.Equal(all.Skip(Math.Max(0, all.Count - count)), tail);
        Assert.StartsWith("O:line 59", all[^1], StringComparison.Ordinal);
    }

    [Theory, InlineData("1", false), InlineData("3", false), InlineData("3", true)]
    public async Task Following_misses_nothing_when_files_are_rotated(string maxFile, bool compresses)
    {
        using FileLog log = Open(out string path, maxSize: "2k", maxFile: maxFile, compresses);
        TaskCompletionSource ended = new();
        List<string> seen = [];
        SemaphoreSlim one = new(0);
        Task reading = Task.Run(async () =>
        {
            await foreach (LogLine line in log.ReadAsync(All with { Follow = true }, ended.Task))
            {
                seen.Add(Encoding.UTF8.GetString(line.Text.Span));
                one.Release();
            }
        });
        for (int i = 0; i < 500; i++)
        {
            log.Append(StandardStream.Output, Encoding.UTF8.GetBytes($"line {i}\n"));
            // The reader keeps up within the files that are kept; what is dropped cannot be read by anybody.
            await one.WaitAsync();
        }
        log.Append(StandardStream.Output, "rest"u8);
        log.Finish();
        ended.SetResult();
        await reading;
        Assert.Equal([.. Enumerable.Range(0, 500).Select(i => $"line {i}\n"), "rest"], seen);
        log.Dispose();
        Assert.Equal(int.Parse(maxFile, System.Globalization.CultureInfo.InvariantCulture), Directory.GetFiles(Path.GetDirectoryName(path)!).Length);
        Assert.All(Directory.GetFiles(Path.GetDirectoryName(path)!), file => Assert.InRange(new FileInfo(file).Length, 1, 2048 + 200));
    }

    [Fact]
    public async Task Older_files_are_compressed_and_gzip_reads_them()
    {
        using FileLog log = Open(out string path, maxSize: "4k", maxFile: "3", compresses: true);
        List<string> kept = await FillAsync(log, path, 200);
        Assert.Equal([path, path + ".1.gz", path + ".2.gz"], Directory.GetFiles(Path.GetDirectoryName(path)!).Order(StringComparer.Ordinal));
        Assert.InRange(kept.Count, 50, 150);
        Assert.StartsWith($$"""{"log":"{{kept[0][2..^1]}}\n","stream":"stdout",""", Unpacked(path + ".2.gz"), StringComparison.Ordinal);
        foreach (int count in (int[])[0, 1, 7, 60, kept.Count, 1000]) Assert.Equal(kept.TakeLast(count), await ReadAsync(log, All with { Tail = count }));
    }

    [Fact]
    public async Task What_a_killed_daemon_had_not_compressed_is_compressed_by_the_next()
    {
        FileLog first = Open(out string path, maxSize: "4k", maxFile: "3", compresses: true);
        List<string> kept = await FillAsync(first, path, 200);
        first.Dispose();
        // As after a kill between the two names, and one in the middle of a file.
        File.WriteAllText(path + ".1", Unpacked(path + ".1.gz"));
        File.WriteAllText(path + ".gz-new", "half");
        using FileLog next = Open(path, "4k", "3", compresses: true);
        Assert.Equal(kept, await ReadAsync(next, All));
        next.Append(StandardStream.Output, "more\n"u8);
        Condition.Await("older files to be compressed", () => !File.Exists(path + ".1") && !File.Exists(path + ".gz-new"));
        Assert.Equal([.. kept, "O:more\n"], await ReadAsync(next, All));
    }

    [Fact]
    public async Task A_file_that_cannot_be_compressed_stays_and_hinders_nobody()
    {
        using FileLog log = Open(out string path, maxSize: "4k", maxFile: "3", compresses: true);
        Directory.CreateDirectory(path + ".gz-new");
        for (int i = 0; i < 200; i++) log.Append(StandardStream.Output, Encoding.UTF8.GetBytes($"line {i}\n"));
        Condition.Await("the failure", () => log.Failure is not null);
        Assert.Contains("EISDIR", log.Failure, StringComparison.Ordinal);
        Assert.Equal("O:line 199\n", (await ReadAsync(log, All))[^1]);
        // The next ones are, once they can be.
        Directory.Delete(path + ".gz-new");
        for (int i = 0; i < 100; i++) log.Append(StandardStream.Output, Encoding.UTF8.GetBytes($"line {i}\n"));
        Condition.Await("a compressed file", () => File.Exists(path + ".1.gz") && !File.Exists(path + ".1"));
        Assert.Equal("O:line 99\n", (await ReadAsync(log, All))[^1]);
    }

    [Fact]
    public async Task A_damaged_compressed_file_is_told()
    {
        using FileLog log = Open(out string path, maxSize: "4k", maxFile: "3", compresses: true);
        await FillAsync(log, path, 200);
        File.WriteAllText(path + ".2.gz", "no gzip");
        KeelsonException told = await Assert.ThrowsAsync<KeelsonException>(() => ReadAsync(log, All));
        Assert.Equal(ErrorKind.DataLoss, told.Kind);
    }

    [Fact]
    public async Task A_torn_line_is_passed_over_and_spoils_nothing()
    {
        using (FileLog log = Open(out string path))
        {
            log.Append(StandardStream.Output, "first\n"u8);
            log.Finish();
            File.AppendAllText(path, """{"log":"to""");
            using FileLog again = new(path, log.Policy, TimeProvider.System);
            again.Append(StandardStream.Output, "second\n"u8);
            Assert.Equal(["O:first\n", "O:second\n"], await ReadAsync(again, All));
        }
    }

    [Fact]
    public async Task Since_and_until_bound_the_times()
    {
        using FileLog log = Open(out string path);
        log.Finish();
        File.WriteAllText(path, string.Concat(Enumerable.Range(1, 5).Select(i => $$"""{"log":"{{i}}\n","stream":"stdout","time":"2026-01-01T00:00:0{{i}}.123456789Z"}""" + "\n")));
        DateTimeOffset start = new(2026, 1, 1, 0, 0, 2, TimeSpan.Zero);
        Assert.Equal(["O:2\n", "O:3\n"], await ReadAsync(log, All with { Since = start, Until = start.AddSeconds(1.5) }));
    }

    [Fact]
    public void A_disk_that_is_full_holds_nobody()
    {
        using FileLog log = new("/dev/full", LogPolicy.Parse(new()), TimeProvider.System);
        log.Append(StandardStream.Output, "lost\n"u8);
        Assert.Contains("ENOSPC", log.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_written_after_a_snapshot_is_not_in_it()
    {
        using FileLog log = Open(out _);
        log.Append(StandardStream.Output, "before\n"u8);
        IAsyncEnumerator<LogLine> lines = log.Snapshot(All);
        log.Append(StandardStream.Output, "after\n"u8);
        Assert.True(await lines.MoveNextAsync());
        Assert.False(await lines.MoveNextAsync());
    }

    [Theory]
    [InlineData("10m", 10L << 20)]
    [InlineData("1.5k", 1536L)]
    [InlineData("7", 7L)]
    [InlineData("2GB", 2L << 30)]
    [InlineData("-1", 0L)]
    public void Sizes_are_read_as_docker_does(string text, long bytes) => Assert.Equal(bytes, LogPolicy.Bytes(text));

    [Theory, InlineData("json-file", "max-size", "many"), InlineData("json-file", "max-file", "0"), InlineData("json-file", "colour", "red"), InlineData("local", "labels", "a"), InlineData("json-file", "compress", "true"), InlineData("json-file", "compress", "yes"), InlineData("syslog", "", "")]
    public void Options_that_are_none_are_refused(string driver, string key, string value) =>
        Assert.Throws<KeelsonException>(() => LogPolicy.Parse(new() { Type = driver, Config = key.Length == 0 ? new Dictionary<string, string>() : new Dictionary<string, string> { [key] = value } }));

    private static FileLog Open(out string path, string? maxSize = null, string maxFile = "1", bool compresses = false)
    {
        path = TestDirectory.Make("log") + "/c-json.log";
        return Open(path, maxSize, maxFile, compresses);
    }

    private static FileLog Open(string path, string? maxSize, string maxFile, bool compresses)
    {
        Dictionary<string, string> config = new() { ["max-file"] = maxFile };
        if (maxSize is not null) config["max-size"] = maxSize;
        if (compresses) config["compress"] = "true";
        return new(path, LogPolicy.Parse(new() { Config = config }), TimeProvider.System);
    }

    /// <summary>Writes lines until all but the newest of three files are compressed.</summary>
    /// <returns>The lines that are left.</returns>
    private static async Task<List<string>> FillAsync(FileLog log, string path, int lines)
    {
        for (int i = 0; i < lines; i++)
        {
            log.Append(StandardStream.Output, Encoding.UTF8.GetBytes($"line {i}\n"));
            // Files that come faster than they are compressed are dropped uncompressed.
            Condition.Await("older files to be compressed", () => !File.Exists(path + ".1") && !File.Exists(path + ".2"));
        }
        return await ReadAsync(log, All);
    }

    private static string Unpacked(string path) => ChildProcess.Run(["gzip", "-dc", path]).Succeeds().Stdout;

    private static async Task<List<string>> ReadAsync(FileLog log, LogOptions options)
    {
        List<string> lines = [];
        await foreach (LogLine line in log.ReadAsync(options, Task.CompletedTask)) lines.Add($"{(line.Stream == StandardStream.Error ? 'E' : 'O')}:{Encoding.UTF8.GetString(line.Text.Span)}");
        return lines;
    }
}
