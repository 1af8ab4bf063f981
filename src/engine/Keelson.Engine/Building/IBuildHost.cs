namespace Keelson.Engine.Building;

/// <summary>What a build needs of an engine.</summary>
public interface IBuildHost
{
    /// <summary>Begins a work. Disposing of it takes everything back that nobody named.</summary>
    Task<IBuildWork> BeginAsync(CancellationToken cancel = default);

    /// <summary>Takes back what works of a process before this one left: containers, trees, directories.</summary>
    /// <returns>How many works there were.</returns>
    Task<int> RecoverAsync();
}
