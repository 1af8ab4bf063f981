using Keelson.Oci;

namespace Keelson.Distribution.Tests;

/// <summary>Pulls an image into a layout: what <see cref="KilledPullTests"/> kills.</summary>
internal static class PullChild
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        using RegistryClient client = new();
        using ImagePuller puller = new(client, OciLayout.Create(arguments[1]), new PullOptions { Platform = TestImage.Any, RangesPerLayer = 1 });
        await puller.PullAsync(ImageReference.Parse(arguments[0]));
        return 0;
    }
}
