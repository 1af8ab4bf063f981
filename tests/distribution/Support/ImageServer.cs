using System.Text;
using Keelson.Oci;

namespace Keelson.Distribution.Tests;

/// <summary>A registry of one image, <c>app:1</c>, that is right until a test says otherwise.</summary>
internal sealed class ImageServer : RawServer
{
    private readonly TestImage image;

    public ImageServer(TestImage image)
    {
        this.image = image;
        Answer = AnswerAsync;
    }

    /// <summary>Answers first; false leaves the request to the server that is right.</summary>
    public Func<Request, Peer, CancellationToken, Task<bool>> Fault { get; set; } = (_, _, _) => Task.FromResult(false);

    /// <summary>Whether it serves ranges.</summary>
    public bool ServesRanges { get; set; } = true;

    public ImageReference Reference => ImageReference.Parse(Name + "/app:1");

    public bool IsLayer(Request request, int index = 0) => request.Method == "GET" && request.Path.EndsWith(image.LayerDigest(index).ToString(), StringComparison.Ordinal);

    private async Task AnswerAsync(Request request, Peer peer, CancellationToken stop)
    {
        if (await Fault(request, peer, stop)) return;
        string last = request.Path.Split('/')[^1];
        bool isManifest = request.Path.Contains("/manifests/", StringComparison.Ordinal);
        byte[]? content = isManifest ? last == "1" || last == image.Target.Digest.ToString() ? image.Manifest : null : image.Blobs.FirstOrDefault(blob => Digest.Of(blob).ToString() == last);
        if (content is null)
        {
            await peer.AnswerAsync(404, Encoding.UTF8.GetBytes("""{"errors":[{"code":"NAME_UNKNOWN","message":"there is none","detail":null}]}"""));
            return;
        }
        (string, string)[] headers = [("Content-Type", isManifest ? MediaTypes.OciManifest : "application/octet-stream"), ("Docker-Content-Digest", Digest.Of(content).ToString())];
        if (request.Method == "HEAD") await peer.HeadAsync(200, [.. headers, ("Content-Length", content.Length.ToString())]);
        else if (ServesRanges && request.Range is { } range)
            await peer.AnswerAsync(206, content[(int)range.First..((int)range.Last + 1)], [.. headers, ("Content-Range", $"bytes {range.First}-{range.Last}/{content.Length}")]);
        else await peer.AnswerAsync(200, content, headers);
    }
}
