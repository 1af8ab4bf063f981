using System.Globalization;
using System.Text;
using System.Text.Json;
using Keelson.Archive;
using Keelson.Cli.Building;
using Keelson.Cli.Parsing;
using Keelson.Cli.Text;
using Keelson.Docker;

namespace Keelson.Cli.Commands.Images;

/// <summary><c>build</c>, <c>builder prune</c>.</summary>
internal static class BuildCommand
{
    /// <summary>Longest context from standard input that is looked at as a Dockerfile, in bytes.</summary>
    private const int LimitDockerfile = 16 << 20;

    public static Command Command => new("build an image of a Dockerfile", "[options] PATH|URL|-",
    [
        Option.List("t,tag", "name[:tag]", "a name of the result"),
        Option.Value("f,file", "file", "the Dockerfile (PATH/Dockerfile); - for standard input", "files"),
        Option.List("build-arg", "name=value", "a value for ARG; a name alone takes it from the environment"),
        Option.Value("target", "stage", "the stage to stop behind"),
        Option.Flag("no-cache", "do every step anew"),
        Option.List("cache-from", "image", "an image whose steps count as done", "images"),
        Option.Flag("pull", "get newer base images"),
        Option.Flag("rm", "remove containers of steps that went well (true)"),
        Option.Flag("force-rm", "remove those of steps that failed, too"),
        Option.Flag("q,quiet", "print the ID alone"),
        Option.List("label", "name=value", "a label of the result"),
        Option.Value("network", "network", "the network of RUN", "networks"),
        Option.List("add-host", "name:address", "a name that RUN knows"),
        Option.Value("iidfile", "file", "write the ID to a file", "files"),
        Option.Value("platform", "platform", "os/architecture of base images"),
        Option.Value("m,memory", "size", "memory of RUN"),
        Option.Value("memory-swap", "size", "memory and swap of RUN; -1 for no limit"),
        Option.Value("c,cpu-shares", "number", "share of processor time of RUN"),
        Option.Value("cpu-period", "microseconds", "period of the processor limit"),
        Option.Value("cpu-quota", "microseconds", "processor time in a period"),
        Option.Value("cpuset-cpus", "list", "processors of RUN"),
        Option.Value("cpuset-mems", "list", "memory nodes of RUN"),
        Option.Value("cgroup-parent", "path", "the cgroup above RUN's"),
        Option.Value("shm-size", "size", "size of /dev/shm"),
        Option.List("ulimit", "name=soft[:hard]", "a limit of RUN"),
        Option.List("security-opt", "option", "a security option of RUN"),
    ], Run)
    { Least = 1, Most = 1, Completes = "files" };

    public static Command Prune => new("remove steps of builds", "[options]",
        [Option.Flag("a,all", "also steps within images that are there"), FilterOptions.LongOption, Option.Flag("f,force", "do not ask")], session =>
        {
            bool all = session.Arguments.Flag("all");
            if (!Confirmation.Get(session, all ? "This will remove all build cache." : "This will remove all dangling build cache.")) return 0;
            BuildPruneResponse pruned = session.Client.PruneBuildCache(all, FilterOptions.Of(session.Arguments));
            Confirmation.Tell("Deleted build cache objects:", [.. pruned.CachesDeleted ?? []], pruned.SpaceReclaimed);
            return 0;
        })
    { Most = 0 };

    private static int Run(Session session)
    {
        Arguments arguments = session.Arguments;
        string place = arguments.Words[0];
        string? file = arguments.Value("file");
        if (place == "-" && file == "-") throw new UsageException("option --file: standard input is either the context or the Dockerfile", exitCode: 1);
        List<KeyValuePair<string, string>> parameters = Parameters(arguments);
        bool isRemote = place.Contains("://", StringComparison.Ordinal) || place.StartsWith("git@", StringComparison.Ordinal) || place.StartsWith("github.com/", StringComparison.Ordinal);
        if (isRemote) parameters.Add(new("remote", place));
        byte[] dockerfile = [];
        using Stream? context = isRemote ? null : place == "-" ? OfInput(ref dockerfile) : OfDirectory(place, file, parameters, ref dockerfile);
        if ((isRemote || place == "-") && file is not null) parameters.Add(new("dockerfile", file));
        bool isQuiet = arguments.Flag("quiet");
        string id = "";
        using ByteStream stream = session.Client.BuildImage(parameters, context, Credentials(dockerfile));
        StringBuilder said = new();
        int code = BuildOutput.Show(stream, isQuiet ? text => said.Append(text) : text => Output.Write(text), aux => id = aux.TryGetProperty("ID", out JsonElement made) ? made.GetString() ?? "" : id);
        if (isQuiet && code == 0)
        {
            id = said.ToString().Trim();
            Session.Print(id);
        }
        if (code == 0 && arguments.Value("iidfile") is { } target) File.WriteAllText(target, id);
        return code;
    }

    private static List<KeyValuePair<string, string>> Parameters(Arguments arguments)
    {
        List<KeyValuePair<string, string>> parameters = [.. arguments.List("tag").Select(tag => KeyValuePair.Create("t", tag))];
        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value)) parameters.Add(new(name, value));
        }
        Add("rm", arguments.Flag("rm", otherwise: true) ? "1" : "0");
        foreach ((string option, string name) in ((string, string)[])[("no-cache", "nocache"), ("force-rm", "forcerm"), ("pull", "pull"), ("quiet", "q")]) Add(name, arguments.Flag(option) ? "1" : null);
        foreach ((string option, string name) in ((string, string)[])[("target", "target"), ("network", "networkmode"), ("platform", "platform"), ("cpu-shares", "cpushares"), ("cpu-period", "cpuperiod"),
            ("cpu-quota", "cpuquota"), ("cpuset-cpus", "cpusetcpus"), ("cpuset-mems", "cpusetmems"), ("cgroup-parent", "cgroupparent")]) Add(name, arguments.Value(option));
        foreach ((string option, string name) in ((string, string)[])[("memory", "memory"), ("memory-swap", "memswap"), ("shm-size", "shmsize")])
            Add(name, arguments.Value(option) is { } size ? size == "-1" ? size : Units.ParseSize(size).ToString(CultureInfo.InvariantCulture) : null);
        foreach (string host in arguments.List("add-host")) Add("extrahosts", host);
        foreach (string option in arguments.List("security-opt")) Add("securityopt", option);
        Dictionary<string, string> values = [], labels = [];
        foreach (string argument in arguments.List("build-arg"))
        {
            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            values[equals < 0 ? argument : argument[..equals]] = equals < 0 ? Environment.GetEnvironmentVariable(argument)! : argument[(equals + 1)..];
        }
        foreach (string label in arguments.List("label"))
        {
            int equals = label.IndexOf('=', StringComparison.Ordinal);
            labels[equals < 0 ? label : label[..equals]] = equals < 0 ? "" : label[(equals + 1)..];
        }
        if (values.Count > 0) Add("buildargs", JsonSerializer.Serialize(values, DockerJson.Default.DictionaryStringString));
        if (labels.Count > 0) Add("labels", JsonSerializer.Serialize(labels, DockerJson.Default.DictionaryStringString));
        if (arguments.Has("cache-from")) Add("cachefrom", JsonSerializer.Serialize([.. arguments.List("cache-from")], DockerJson.Default.StringArray));
        if (arguments.Has("ulimit")) Add("ulimits", JsonSerializer.Serialize([.. arguments.List("ulimit").Select(Creating.ResourceOptions.Limit)], DockerJson.Default.UlimitArray));
        return parameters;
    }

    /// <summary>Standard input: an archive, or a Dockerfile.</summary>
    private static Stream OfInput(ref byte[] dockerfile)
    {
        Stream input = Console.OpenStandardInput();
        byte[] start = new byte[512];
        int count = input.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        bool isArchive = count >= 6 && (start is [0x1f, 0x8b, ..] or [(byte)'B', (byte)'Z', (byte)'h', ..] or [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] || Compression.Detect(start) != CompressionKind.None)
            || count == start.Length && (start.AsSpan(257, 5).SequenceEqual("ustar"u8) || start.AsSpan(0, count).IndexOf((byte)0) is >= 0 and < 100 && start.AsSpan(0, 100).IndexOf((byte)'\n') < 0);
        if (isArchive) return new JoinedStream(start.AsMemory(0, count), input);
        using MemoryStream whole = new();
        whole.Write(start, 0, count);
        byte[] piece = new byte[64 << 10];
        for (int read; (read = input.Read(piece)) > 0; whole.Write(piece, 0, read))
            if (whole.Length > LimitDockerfile) throw new KeelsonException(ErrorKind.InvalidArgument, $"read the Dockerfile from standard input: it is longer than {LimitDockerfile} bytes");
        return ContextArchive.OfDockerfile(dockerfile = whole.ToArray());
    }

    /// <summary>A directory; a Dockerfile from elsewhere goes along under a name that nothing has.</summary>
    private static Stream OfDirectory(string place, string? file, List<KeyValuePair<string, string>> parameters, ref byte[] dockerfile)
    {
        string directory = Path.GetFullPath(place).TrimEnd('/');
        if (!Directory.Exists(place)) throw new KeelsonException(ErrorKind.NotFound, $"read the build context {place}: there is no such directory");
        if (file == "-")
        {
            using MemoryStream input = new();
            Console.OpenStandardInput().CopyTo(input);
            return Foreign(input.ToArray(), ref dockerfile);
        }
        string path = file is null ? $"{directory}/{(File.Exists($"{directory}/Dockerfile") || !File.Exists($"{directory}/dockerfile") ? "Dockerfile" : "dockerfile")}" : Path.GetFullPath(file);
        if (!File.Exists(path)) throw new KeelsonException(ErrorKind.NotFound, $"read the Dockerfile {path}: there is no such file");
        if (!path.StartsWith(directory + "/", StringComparison.Ordinal)) return Foreign(File.ReadAllBytes(path), ref dockerfile);
        dockerfile = File.ReadAllBytes(path);
        string name = path[(directory.Length + 1)..];
        parameters.Add(new("dockerfile", name));
        return ContextArchive.OfDirectory(directory, [name, ".dockerignore"], null);

        Stream Foreign(byte[] contents, ref byte[] known)
        {
            known = contents;
            string made = ".dockerfile." + Guid.NewGuid().ToString("N")[..20];
            parameters.Add(new("dockerfile", made));
            return ContextArchive.OfDirectory(directory, [".dockerignore"], (made, contents));
        }
    }

    /// <summary>Credentials for the registries of the base images, as far as the Dockerfile names them outright.</summary>
    private static Dictionary<string, AuthConfig> Credentials(byte[] dockerfile)
    {
        Dictionary<string, AuthConfig> all = [];
        foreach (string line in Encoding.UTF8.GetString(dockerfile).Split('\n'))
        {
            string[] words = line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || !words[0].Equals("FROM", StringComparison.OrdinalIgnoreCase)) continue;
            if (words.Skip(1).FirstOrDefault(word => !word.StartsWith("--", StringComparison.Ordinal)) is not { } image || image.Contains('$', StringComparison.Ordinal)) continue;
            if (RegistryAuth.For(image) is { } auth) all[auth.ServerAddress!] = auth;
        }
        return all;
    }
}
