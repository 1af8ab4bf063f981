// Pulls an image into an OCI layout, a directory that skopeo, umoci and others read. Run again after it was killed, it goes on from the last byte.
//   pull-image NAME DIRECTORY [PLATFORM]
using Keelson;
using Keelson.Distribution;
using Keelson.Oci;

if (args.Length is < 2 or > 3)
{
    Console.Error.WriteLine("usage: pull-image NAME DIRECTORY [PLATFORM]");
    return 2;
}
using CancellationTokenSource stop = new();
Console.CancelKeyPress += (_, e) =>
{
    e.Cancel = true;
    stop.Cancel();
};
try
{
    ImageReference name = ImageReference.Parse(args[0]);
    OciLayout layout = OciLayout.Create(args[1]);
    using RegistryClient client = new(new RegistryClientOptions
    {
        Credentials = new DockerConfigCredentials(),
        Hosts = new HostsDirectory("/etc/containerd/certs.d", new DirectHosts()),
        Warn = message => Console.Error.WriteLine("warning: " + message),
    });
    using ImagePuller puller = new(client, layout, new PullOptions
    {
        Platform = new PlatformMatcher(args.Length == 3 ? Platform.Parse(args[2]) : Platform.Current),
        Progress = new Printer(),
    });
    PulledImage image = await puller.PullAsync(name, stop.Token);
    layout.Tag(image.Target, name.ToString());
    ImageConfig? config = image.Manifests[0].Config;
    Console.WriteLine($"{name.Familiar} is {image.Target.Digest}, for {config?.Platform}; it runs {string.Join(' ', config?.Config?.Entrypoint ?? config?.Config?.Cmd ?? [])}");
    return 0;
}
catch (KeelsonException e)
{
    Console.Error.WriteLine(e.FullMessage);
    return 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("stopped; the next run goes on from here");
    return 130;
}

/// <summary>One line for each thing that is there.</summary>
internal sealed class Printer : IProgress<TransferEvent>
{
    public void Report(TransferEvent value)
    {
        if (value.State is TransferState.Done or TransferState.Exists) Console.WriteLine($"{value.Reference}: {value.Total} bytes, {(value.State == TransferState.Done ? "done" : "was there")}");
    }
}
