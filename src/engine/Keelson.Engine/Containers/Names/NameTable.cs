namespace Keelson.Engine.Containers;

/// <summary>Containers by identity and by name. A name is held from before its container is written until after it is gone.</summary>
internal sealed class NameTable<T> where T : class
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, T> rows = new(StringComparer.Ordinal);

    /// <summary>Everything that is in it.</summary>
    public T[] All
    {
        get
        {
            lock (gate) return [.. rows.Values];
        }
    }

    /// <summary>Holds a name for an identity.</summary>
    /// <exception cref="KeelsonException">AlreadyExists: somebody else has it.</exception>
    public void Reserve(string name, string id)
    {
        lock (gate)
        {
            if (names.TryGetValue(name, out string? holder) && holder != id)
                throw new KeelsonException(ErrorKind.AlreadyExists,
                    $"Conflict. The container name \"/{name}\" is already in use by container \"{holder}\". You have to remove (or rename) that container to be able to reuse that name.");
            names[name] = id;
        }
    }

    /// <summary>Holds a made-up name for an identity.</summary>
    public string Reserve(Random random, string id)
    {
        lock (gate)
        {
            for (int attempt = 0; ; attempt++)
            {
                string name = NameGenerator.Next(random, attempt);
                if (names.TryAdd(name, id)) return name;
            }
        }
    }

    /// <summary>Lets go of a name, if it is this identity's.</summary>
    public void Release(string name, string id)
    {
        lock (gate)
            if (names.TryGetValue(name, out string? holder) && holder == id) names.Remove(name);
    }

    /// <summary>Puts a container in.</summary>
    public void Add(string id, T row)
    {
        lock (gate) rows.Add(id, row);
    }

    /// <summary>Takes a container and its names out.</summary>
    public void Remove(string id)
    {
        lock (gate)
        {
            rows.Remove(id);
            foreach (string name in names.Where(pair => pair.Value == id).Select(pair => pair.Key).ToArray()) names.Remove(name);
        }
    }

    /// <summary>Finds a container by identity, by name, or by the beginning of its identity, in this order, as docker.</summary>
    /// <exception cref="KeelsonException">NotFound. InvalidArgument: several identities begin so.</exception>
    public T Get(string nameOrId)
    {
        string name = nameOrId.StartsWith('/') ? nameOrId[1..] : nameOrId;
        lock (gate)
        {
            if (rows.TryGetValue(name, out T? row) || names.TryGetValue(name, out string? id) && rows.TryGetValue(id, out row)) return row;
            if (name.Length > 0 && name.All(char.IsAsciiHexDigitLower))
            {
                T? found = null;
                foreach ((string candidate, T value) in rows)
                {
                    if (!candidate.StartsWith(name, StringComparison.Ordinal)) continue;
                    if (found is not null) throw new KeelsonException(ErrorKind.InvalidArgument, $"Multiple IDs found with provided prefix: {name}");
                    found = value;
                }
                if (found is not null) return found;
            }
        }
        throw new KeelsonException(ErrorKind.NotFound, $"No such container: {nameOrId}");
    }
}
