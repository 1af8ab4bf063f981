namespace Keelson.Registry.Events;

/// <summary>What happened to content.</summary>
public enum EventAction
{
    /// <summary>It was read, or asked for: HEAD counts, as with distribution.</summary>
    Pull,
    /// <summary>It was stored.</summary>
    Push,
    /// <summary>A repository was given what another has.</summary>
    Mount,
    /// <summary>It was removed from a repository.</summary>
    Delete,
}

/// <summary>What the actions are called on the wire.</summary>
public static class EventActions
{
    private static readonly string[] Names = ["pull", "push", "mount", "delete"];

    extension(EventAction action)
    {
        /// <summary>The name, as distribution has it.</summary>
        public string Name => Names[(int)action];
    }

    /// <summary>Finds an action by its name.</summary>
    public static bool TryParse(string name, out EventAction action)
    {
        int found = Array.IndexOf(Names, name);
        action = (EventAction)Math.Max(found, 0);
        return found >= 0;
    }
}
