// Runs a container from an image with an engine inside this program: no daemon. The shim and the runtime stand beside this program or in the PATH.
//   run-image DIRECTORY IMAGE|ARCHIVE COMMAND...
using Keelson;
using Keelson.Engine;
using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Oci;

if (args.Length < 3)
{
    Console.Error.WriteLine("usage: run-image DIRECTORY IMAGE|ARCHIVE COMMAND...");
    return 2;
}
try
{
    await using ContainerEngine engine = await ContainerEngine.OpenAsync(new() { Root = args[0] + "/root", State = args[0] + "/run", Metadata = new(args[0] + "/root/store") });
    await engine.StartAsync();
    IContainerService containers = engine.Containers;
    string image = args[1];
    if (File.Exists(image))
    {
        await using FileStream archive = File.OpenRead(image);
        EngineImage loaded = (await engine.Images.LoadAsync(containers.Namespace, archive))[0];
        image = loaded.Id.ToString();
    }
    else await engine.Images.PullAsync(containers.Namespace, ImageReference.Parse(image));

    // From here on it is as with docker: create, attach, start, read, wait.
    ContainerCreation made = await containers.CreateAsync(new() { Settings = new() { Image = image, Cmd = args[2..] }, Host = new() { AutoRemove = true, MemoryBytes = 256 << 20 } });
    await using IAttachedStreams streams = await containers.AttachAsync(made.Id, new());
    Task<ContainerExit> end = containers.WaitAsync(made.Id, WaitCondition.Removed);
    await containers.StartAsync(made.Id);
    await using Stream output = Console.OpenStandardOutput(), errors = Console.OpenStandardError();
    while (await streams.ReadAsync() is { } chunk) await (chunk.Stream == StandardStream.Error ? errors : output).WriteAsync(chunk.Bytes);
    return (await end).ExitCode;
}
catch (KeelsonException e)
{
    Console.Error.WriteLine(e.FullMessage);
    return 125;
}
