using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using Keelson.Cgroups;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary><c>events [--stats] [--interval DURATION] ID</c>.</summary>
internal static class EventsCommand
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(5);

    /// <summary>Prints lines of JSON: statistics at every interval and notices of memory shortage, until the container ends; or statistics once.</summary>
    public static int Run(GlobalOptions options, ArgumentReader reader)
    {
        bool onlyStats = false;
        TimeSpan interval = DefaultInterval;
        string id = reader.ReadId(name =>
        {
            if (name == "stats") onlyStats = reader.Switch();
            else if (name == "interval") interval = Interval(reader.Value());
            else throw reader.Unknown();
        });
        using Container container = options.NewRuntime().Open(id);
        if (container.Status == ContainerStatus.Stopped) throw new KeelsonException(ErrorKind.FailedPrecondition, $"container with id {id} is not running");
        Cgroup cgroup = container.Cgroup ?? throw new KeelsonException(ErrorKind.FailedPrecondition, $"events of container {id}: it has no cgroup of its own");
        if (onlyStats) WriteStats(id, cgroup);
        else Follow(container, cgroup, interval, options.Log);
        return 0;
    }

    private static TimeSpan Interval(string text) => GoDuration.Parse(text) switch
    {
        null => throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: option --interval: '{text}' is not a duration, such as 500ms or 1m30s"),
        { Ticks: <= 0 } => throw new KeelsonException(ErrorKind.InvalidArgument, "command line: option --interval: duration interval must be greater than 0"),
        { } interval => interval,
    };

    private static void Follow(Container container, Cgroup cgroup, TimeSpan interval, RuntimeLog log)
    {
        if (Processes.TryOpenPid(container.Pid, out FdHandle? process) == Errno.ESRCH) return;
        using (process)
        using (OomEvents? shortages = OpenShortages(cgroup, log))
        {
            // The number could stand for another process by now; the descriptor was opened before this look.
            if (container.Status == ContainerStatus.Stopped) return;
            Span<PollEntry> entries =
            [
                new PollEntry { Fd = process!.Fd, Events = PollEvents.POLLIN },
                new PollEntry { Fd = shortages?.Fd ?? -1, Events = PollEvents.POLLIN },
            ];
            long last = Stopwatch.GetTimestamp();
            while (true)
            {
                TimeSpan left = interval - Stopwatch.GetElapsedTime(last);
                if (left <= TimeSpan.Zero)
                {
                    if (!WriteStats(container.Id, cgroup)) return;
                    last = Stopwatch.GetTimestamp();
                    continue;
                }
                Errno errno = Files.TryPoll(entries, (int)Math.Min(Math.Ceiling(left.TotalMilliseconds), int.MaxValue), out _);
                if (errno == Errno.EINTR) continue;
                errno.ThrowIfError("poll", "events");
                // The notice comes first: the shortage may have ended the container.
                if (entries[1].Returned != 0 || (entries[0].Returned != 0 && shortages is not null))
                {
                    OomNotice notice = shortages!.Read();
                    if (notice == OomNotice.OutOfMemory && !WriteShortage(container.Id)) return;
                    if (notice == OomNotice.Removed) return;
                }
                if (entries[0].Returned != 0) return;
            }
        }
    }

    private static OomEvents? OpenShortages(Cgroup cgroup, RuntimeLog log)
    {
        try
        {
            return cgroup.OpenOomEvents();
        }
        catch (KeelsonException e) when (e.Kind == ErrorKind.Unsupported)
        {
            log.Warning("events: " + e.FullMessage);
            return null;
        }
    }

    private static bool WriteStats(string id, Cgroup cgroup)
    {
        CgroupStats stats = cgroup.ReadStats();
        return WriteLine(json => CgroupStatsJson.Write(json, id, stats));
    }

    private static bool WriteShortage(string id) => WriteLine(json =>
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "oom"u8);
        json.WriteString("id"u8, id);
        json.WriteEndObject();
    });

    private static bool WriteLine(Action<Utf8JsonWriter> write)
    {
        ArrayBufferWriter<byte> buffer = new(4096);
        using (Utf8JsonWriter json = new(buffer)) write(json);
        buffer.Write("\n"u8);
        return Output.Write(buffer.WrittenSpan);
    }
}
