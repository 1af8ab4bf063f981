// Runs a container from an image through a daemon: keelsond, or another engine that serves the Docker Engine API.
//   run-image-remote SOCKET IMAGE|ARCHIVE COMMAND...
using Keelson;
using Keelson.Docker;

if (args.Length < 3)
{
    Console.Error.WriteLine("usage: run-image-remote SOCKET IMAGE|ARCHIVE COMMAND...");
    return 2;
}
try
{
    using DockerClient engine = new(DockerHost.Parse(args[0]));
    string image = File.Exists(args[1]) ? Load(engine, args[1]) : Pull(engine, args[1]);

    // From here on it is as with docker: create, attach, start, read, wait.
    string id = engine.CreateContainer(new() { Image = image, Cmd = args[2..], HostConfig = new() { AutoRemove = true, NetworkMode = "none", Memory = 256 << 20 } }).Id;
    using UpgradedConnection streams = engine.Attach(id, new());
    using ContainerWait end = engine.BeginWait(id, "removed");
    engine.StartContainer(id);
    using Stream output = Console.OpenStandardOutput(), errors = Console.OpenStandardError();
    FrameReader frames = new();
    byte[] buffer = new byte[64 << 10];
    for (int count; (count = streams.Read(buffer)) > 0;) frames.Take(buffer.AsSpan(0, count), (stream, bytes) => (stream == 2 ? errors : output).Write(bytes));
    return end.Finish();
}
catch (KeelsonException e)
{
    Console.Error.WriteLine(e.FullMessage);
    return 125;
}

static string Pull(DockerClient engine, string name)
{
    int colon = name.LastIndexOf(':');
    (string repository, string tag) = colon > name.LastIndexOf('/') ? (name[..colon], name[(colon + 1)..]) : (name, "latest");
    using ByteStream progress = engine.PullImage(repository, tag);
    Follow(progress, message => Console.Error.WriteLine($"{message.Id} {message.Status}"));
    return name;
}

static string Load(DockerClient engine, string path)
{
    const string Loaded = "Loaded image";
    string image = "";
    using FileStream archive = File.OpenRead(path);
    using ByteStream progress = engine.LoadImages(archive, quiet: true);
    Follow(progress, message =>
    {
        // "Loaded image: NAME", and "Loaded image ID: sha256:…" of one without a name.
        if (message.Stream is { } said && said.StartsWith(Loaded, StringComparison.Ordinal)) image = said[(said.IndexOf(": ", StringComparison.Ordinal) + 2)..].Trim();
    });
    return image;
}

static void Follow(ByteStream progress, Action<ProgressMessage> tell)
{
    JsonStream messages = new(progress);
    while (messages.Read(DockerJson.Default.ProgressMessage) is { } message)
    {
        if (message.Error is { } error) throw new KeelsonException(ErrorKind.Unknown, error);
        tell(message);
    }
}
