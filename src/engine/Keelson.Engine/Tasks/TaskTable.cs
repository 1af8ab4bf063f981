namespace Keelson.Engine.Tasks;

/// <summary>All tasks by namespace and name.</summary>
internal sealed class TaskTable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Dictionary<string, TaskEntry>> spaces = new(StringComparer.Ordinal);

    /// <summary>Adds a task unless its name is taken.</summary>
    public bool TryAdd(TaskEntry entry)
    {
        lock (gate)
        {
            if (!spaces.TryGetValue(entry.Space, out Dictionary<string, TaskEntry>? tasks)) spaces.Add(entry.Space, tasks = new(StringComparer.Ordinal));
            return tasks.TryAdd(entry.Id, entry);
        }
    }

    /// <summary>A task, also one that is being made.</summary>
    public TaskEntry? Find(string space, string id)
    {
        lock (gate) return spaces.GetValueOrDefault(space)?.GetValueOrDefault(id);
    }

    /// <summary>A task that others may see.</summary>
    /// <exception cref="KeelsonException">NotFound.</exception>
    public TaskEntry Get(string space, string id) => Find(space, id) is { IsListed: true } entry ? entry : throw TaskEntry.MissingTask(id);

    /// <summary>Takes a task out.</summary>
    public void Remove(TaskEntry entry)
    {
        lock (gate)
        {
            if (!spaces.TryGetValue(entry.Space, out Dictionary<string, TaskEntry>? tasks) || tasks.GetValueOrDefault(entry.Id) != entry) return;
            tasks.Remove(entry.Id);
            if (tasks.Count == 0) spaces.Remove(entry.Space);
        }
    }

    /// <summary>The tasks of a namespace that others may see, by name.</summary>
    public List<TaskEntry> List(string space)
    {
        lock (gate) return spaces.TryGetValue(space, out Dictionary<string, TaskEntry>? tasks) ? [.. tasks.Values.Where(entry => entry.IsListed).OrderBy(entry => entry.Id, StringComparer.Ordinal)] : [];
    }

    /// <summary>The tasks of all namespaces, also those that are being made.</summary>
    public List<TaskEntry> All()
    {
        lock (gate) return [.. spaces.Values.SelectMany(tasks => tasks.Values)];
    }
}
