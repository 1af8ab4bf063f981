using Keelson.Content;
using Keelson.Engine;
using Keelson.Hosting.Metrics;
using Keelson.Shim.Api;

namespace Keelson.Api.Metrics;

/// <summary>What the kernel counts about the containers that run, as their shims tell it.</summary>
/// <remarks>
/// A scrape waits for shims as long as it is told. Who has not answered by then is left out, and the call to its shim goes on: the next scrape waits for that one,
/// so that a shim that hangs has one call of ours open for each of its containers, however often metrics are read.
/// </remarks>
internal sealed class TaskFigures(ContainerEngine engine, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<TaskName, Task<TypedMessage>> calls = [];
    private ulong late, failed;

    /// <summary>Asks the shims and writes their answers.</summary>
    public async Task WriteAsync(MetricsWriter writer, TimeSpan limit)
    {
        TaskName[] running = [.. Running()];
        Answer?[] answers = await AskAsync(running, limit).ConfigureAwait(false);
        foreach (IGrouping<string, (string Type, CgroupFamily Family)> family in CgroupFamilies.All.GroupBy(entry => entry.Family.Name)) Write(writer, family, answers);
        WriteCounts(writer, running, answers.Count(answer => answer is null));
    }

    private IEnumerable<TaskName> Running()
    {
        MetadataView view = engine.Database.View();
        foreach (string space in view.Namespaces)
        {
            Dictionary<string, string>? runtimes = null;
            foreach (Engine.Tasks.TaskSummary task in engine.Tasks.List(space).Where(task => task.Status is Shim.Api.TaskStatus.Running or Shim.Api.TaskStatus.Paused))
            {
                runtimes ??= view.Containers(space).ToDictionary(container => container.Id, container => container.RuntimeName, StringComparer.Ordinal);
                yield return new(space, task.Id, runtimes.GetValueOrDefault(task.Id, ""));
            }
        }
    }

    private async Task<Answer?[]> AskAsync(TaskName[] names, TimeSpan limit)
    {
        using CancellationTokenSource over = new(limit, time);
        return await Task.WhenAll(names.Select(name => AnswerAsync(name, over.Token))).ConfigureAwait(false);
    }

    /// <summary>The answer of one shim; <see langword="null"/> when there is none in time.</summary>
    private async Task<Answer?> AnswerAsync(TaskName name, CancellationToken over)
    {
        try
        {
            TypedMessage message = await Call(name).WaitAsync(over).ConfigureAwait(false);
            return new(name, message.TypeName, new(message.Value.Span));
        }
        catch (OperationCanceledException)
        {
            Interlocked.Increment(ref late);
        }
        catch (KeelsonException)
        {
            // The container ended meanwhile, or its shim did.
            Interlocked.Increment(ref failed);
        }
        return null;
    }

    /// <summary>The call for a container that goes on, or a new one.</summary>
    private Task<TypedMessage> Call(TaskName name)
    {
        lock (gate)
        {
            if (calls.TryGetValue(name, out Task<TypedMessage>? call)) return call;
            return calls[name] = StatsAsync(name);
        }
    }

    private async Task<TypedMessage> StatsAsync(TaskName name)
    {
        // The table has the call before it ends.
        await Task.Yield();
        try
        {
            return await engine.Tasks.StatsAsync(name.Space, name.Id).ConfigureAwait(false);
        }
        finally
        {
            lock (gate) calls.Remove(name);
        }
    }

    private static void Write(MetricsWriter writer, IGrouping<string, (string Type, CgroupFamily Family)> family, Answer?[] answers)
    {
        bool begun = false;
        foreach ((string type, CgroupFamily read) in family)
        {
            foreach (Answer answer in answers.OfType<Answer>())
            {
                if (answer.Type != type) continue;
                foreach (CgroupFigure figure in read.Read(answer.Message))
                {
                    // A family without a number is not written at all, as with containerd.
                    if (!begun) writer.Gauge(read.Name, read.Help);
                    begun = true;
                    writer.Sample(read.Name, figure.Value, [("container_id", answer.Name.Id), ("namespace", answer.Name.Space), ("runtime", answer.Name.Runtime), .. figure.Labels]);
                }
            }
        }
    }

    private void WriteCounts(MetricsWriter writer, TaskName[] running, int omitted)
    {
        writer.Gauge("keelson_tasks_running", "Containers that run or are paused, by namespace.");
        foreach (IGrouping<string, TaskName> space in running.GroupBy(name => name.Space)) writer.Sample("keelson_tasks_running", (ulong)space.Count(), ("namespace", space.Key));
        writer.Gauge("keelson_scrape_tasks_omitted", "Containers without figures here, because their shims did not give any in time.");
        writer.Sample("keelson_scrape_tasks_omitted", (ulong)omitted);
        writer.Counter("keelson_scrape_omissions_total", "Containers that were left out so far: their shims were late, or failed.");
        writer.Sample("keelson_scrape_omissions_total", Interlocked.Read(ref late), ("reason", "late"));
        writer.Sample("keelson_scrape_omissions_total", Interlocked.Read(ref failed), ("reason", "failed"));
    }

    private sealed record TaskName(string Space, string Id, string Runtime);

    private sealed record Answer(TaskName Name, string Type, CgroupMessage Message);
}
