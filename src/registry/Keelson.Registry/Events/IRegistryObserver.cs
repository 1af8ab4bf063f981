namespace Keelson.Registry.Events;

/// <summary>Hears of what happens in a registry.</summary>
public interface IRegistryObserver
{
    /// <summary>Hears of something that has happened, before the client has its answer. It does not throw: what happened cannot be taken back.</summary>
    ValueTask HearAsync(RegistryEvent happened);
}
