namespace Keelson.Shim.Launch;

/// <summary>The command line of a shim, as containerd writes it.</summary>
internal sealed record ShimArguments
{
    public string Namespace { get; private set; } = "";

    /// <summary>Socket of the daemon.</summary>
    public string Address { get; private set; } = "";

    public string PublishBinary { get; private set; } = "";

    public string Id { get; private set; } = "";

    public string Bundle { get; private set; } = "";

    /// <summary>Path of the shim's own socket; the server alone has it.</summary>
    public string Socket { get; private set; } = "";

    public bool IsDebug { get; private set; }

    public bool ShowsVersion { get; private set; }

    public bool ShowsInfo { get; private set; }

    public bool ShowsHelp { get; private set; }

    /// <summary><c>start</c>, <c>delete</c>, or nothing for the server.</summary>
    public string Command { get; private set; } = "";

    /// <summary>Reads a command line.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: an unknown flag, or one without its value.</exception>
    public static ShimArguments Parse(ReadOnlySpan<string> words)
    {
        ShimArguments arguments = new();
        for (int i = 0; i < words.Length; i++)
        {
            string word = words[i];
            if (!word.StartsWith('-'))
            {
                if (arguments.Command.Length > 0) throw Wrong($"'{word}' after '{arguments.Command}'");
                arguments.Command = word;
                continue;
            }
            string name = word.TrimStart('-'), value = "";
            int equals = name.IndexOf('=', StringComparison.Ordinal);
            if (equals >= 0) (name, value) = (name[..equals], name[(equals + 1)..]);
            if (name is "debug" or "v" or "version" or "info" or "h" or "help")
            {
                bool isOn = equals < 0 || value is "true" or "1";
                if (name == "debug") arguments.IsDebug = isOn;
                else if (name == "info") arguments.ShowsInfo = isOn;
                else if (name[0] == 'h') arguments.ShowsHelp = isOn;
                else arguments.ShowsVersion = isOn;
                continue;
            }
            if (equals < 0) value = ++i < words.Length ? words[i] : throw Wrong($"{word} needs a value");
            switch (name)
            {
                case "namespace": arguments.Namespace = value; break;
                case "address": arguments.Address = value; break;
                case "publish-binary": arguments.PublishBinary = value; break;
                case "id": arguments.Id = value; break;
                case "bundle": arguments.Bundle = value; break;
                case "socket": arguments.Socket = value; break;
                default: throw Wrong($"{word} is no flag of a shim");
            }
        }
        return arguments;
    }

    private static KeelsonException Wrong(string what) => new(ErrorKind.InvalidArgument, "command line: " + what);
}
