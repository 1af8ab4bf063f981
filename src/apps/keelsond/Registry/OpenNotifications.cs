using Keelson.Registry.Notifications;
using Keelson.Registry.Storage;

namespace Keelson.Daemon.Registry;

/// <summary>Notifications with the folder of their own, if they have one.</summary>
internal sealed record OpenNotifications(Notifier Notifier, FilesystemDriver? Folder) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Notifier.DisposeAsync().ConfigureAwait(false);
        if (Folder is not null) await Folder.DisposeAsync().ConfigureAwait(false);
    }
}
