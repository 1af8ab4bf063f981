namespace Keelson.Engine.Containers;

/// <summary>Users and groups of images, so that a container that was never started costs no mount.</summary>
internal sealed class AccountCache
{
    /// <summary>Images that are kept, and the longest files of one that are.</summary>
    private const int Limit = 128, LimitCharacters = 64 << 10;

    private readonly Lock gate = new();
    private readonly Dictionary<string, AccountFiles> images = new(StringComparer.Ordinal);

    /// <summary>What is known of an image.</summary>
    public AccountFiles? Find(string imageId)
    {
        lock (gate) return images.GetValueOrDefault(imageId);
    }

    /// <summary>Keeps what an image says.</summary>
    public void Keep(string imageId, AccountFiles files)
    {
        if (files.Passwd.Length + files.Group.Length > LimitCharacters) return;
        lock (gate)
        {
            if (images.Count >= Limit) images.Clear();
            images[imageId] = files;
        }
    }
}
