namespace Keelson.Registry.Coordination;

/// <summary>Changes of what is held.</summary>
internal static class RegistryLocks
{
    extension(IRegistryLock held)
    {
        /// <summary>Changes what is under the name.</summary>
        /// <param name="change">Does it; its token is cancelled when others may soon go on.</param>
        /// <param name="cancel">Gives up, but not half-way.</param>
        /// <exception cref="KeelsonException">Unavailable: the name is no longer held.</exception>
        public async ValueTask ChangeAsync(Func<CancellationToken, ValueTask> change, CancellationToken cancel)
        {
            CancellationToken late = await held.BeginChangeAsync(cancel).ConfigureAwait(false);
            await change(late).ConfigureAwait(false);
            await held.EndChangeAsync().ConfigureAwait(false);
        }
    }
}
