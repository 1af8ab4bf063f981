using Containerd.Types;
using Grpc.Core;
using Keelson.Content;
using Keelson.Engine.Tasks;
using Keelson.Shim.Api;
using V1 = Containerd.Services.Tasks.V1;

namespace Keelson.Api;

/// <summary>Figures of tasks.</summary>
internal sealed partial class TasksService
{
    /// <summary>How long a shim may take to count; one that takes longer is left out.</summary>
    private static readonly TimeSpan MetricsLimit = TimeSpan.FromSeconds(2);

    public override async Task<V1.MetricsResponse> Metrics(V1.MetricsRequest request, ServerCallContext context)
    {
        string space = context.Namespace();
        Filter filter = Filter.ParseAll(request.Filters);
        Dictionary<string, string> runtimes = engine.Database.Containers(space).List().ToDictionary(container => container.Id, container => container.RuntimeName, StringComparer.Ordinal);
        TaskSummary[] chosen = [.. Tasks.List(space).Where(task => filter.Matches(new Measured(task.Id, space, runtimes.GetValueOrDefault(task.Id, ""))))];
        V1.MetricsResponse response = new();
        response.Metrics.AddRange((await Task.WhenAll(chosen.Select(task => MeasureAsync(space, task.Id, context.CancellationToken))).ConfigureAwait(false)).OfType<Metric>());
        return response;
    }

    /// <summary>The figures of one task; <see langword="null"/> when it has none any more.</summary>
    private async Task<Metric?> MeasureAsync(string space, string id, CancellationToken cancel)
    {
        using CancellationTokenSource late = new(MetricsLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        try
        {
            TypedMessage data = await Tasks.StatsAsync(space, id, either.Token).ConfigureAwait(false);
            return new() { Timestamp = Messages.Time(time.GetUtcNow()), Id = id, Data = TaskMessages.Message(data) };
        }
        catch (Exception e) when (e is KeelsonException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>Fields: <c>id</c>, <c>namespace</c>, <c>runtime</c>.</summary>
    private sealed record Measured(string Id, string Space, string Runtime) : IFilterable
    {
        bool IFilterable.TryGetField(IReadOnlyList<string> path, out string value)
        {
            value = path[0] switch { "id" => Id, "namespace" => Space, "runtime" => Runtime, _ => "" };
            return value.Length > 0;
        }
    }
}
