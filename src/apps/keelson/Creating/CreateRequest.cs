using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli.Creating;

/// <summary>Makes the request for a container of the options of <c>run</c> and <c>create</c>.</summary>
internal static class CreateRequest
{
    /// <summary>Reads the options.</summary>
    /// <param name="arguments">Options; the image, and the command with its arguments.</param>
    /// <param name="isDetached">Whether nothing is to be attached.</param>
    /// <exception cref="KeelsonException">InvalidArgument: an option has no sense.</exception>
    public static ContainerCreateRequest Of(Arguments arguments, bool isDetached)
    {
        ContainerCreateRequest request = new()
        {
            Image = arguments.Words[0],
            Cmd = arguments.Words.Count > 1 ? [.. arguments.Words.Skip(1)] : null,
            Hostname = arguments.Value("hostname") ?? "",
            Domainname = arguments.Value("domainname") ?? "",
            User = arguments.Value("user") ?? "",
            Tty = arguments.Flag("tty"),
            OpenStdin = arguments.Flag("interactive"),
            Env = Environment(arguments),
            Labels = KeyValues.Labels(KeyValues.FromFiles(arguments.List("label-file"), passesOn: false).Concat(arguments.List("label"))),
            WorkingDir = arguments.Value("workdir") ?? "",
            MacAddress = arguments.Value("mac-address"),
            StopSignal = arguments.Value("stop-signal"),
            StopTimeout = (int?)arguments.Number("stop-timeout"),
            Healthcheck = Health(arguments),
            HostConfig = new HostConfig(),
        };
        if (arguments.Value("entrypoint") is { } entrypoint) request.Entrypoint = [entrypoint];
        Attach(request, arguments, isDetached);
        HostOptions.Apply(request.HostConfig, arguments);
        ResourceOptions.Apply(request.HostConfig, arguments);
        MountOptions.Apply(request, arguments);
        NetworkOptions.Apply(request, arguments);
        return request;
    }

    private static string[] Environment(Arguments arguments)
    {
        List<string> variables = KeyValues.FromFiles(arguments.List("env-file"), passesOn: true);
        foreach (string variable in arguments.List("env"))
        {
            if (variable.Length == 0 || variable[0] == '=') throw new KeelsonException(ErrorKind.InvalidArgument, $"option --env: '{variable}' has no name");
            if (variable.Contains('=', StringComparison.Ordinal)) variables.Add(variable);
            else if (System.Environment.GetEnvironmentVariable(variable) is { } value) variables.Add($"{variable}={value}");
        }
        return [.. variables];
    }

    private static void Attach(ContainerCreateRequest request, Arguments arguments, bool isDetached)
    {
        foreach (string stream in arguments.List("attach"))
            switch (stream.ToLowerInvariant())
            {
                case "stdin": request.AttachStdin = true; break;
                case "stdout": request.AttachStdout = true; break;
                case "stderr": request.AttachStderr = true; break;
                default: throw new KeelsonException(ErrorKind.InvalidArgument, $"option --attach: '{stream}' is not stdin, stdout or stderr");
            }
        if (isDetached)
        {
            if (arguments.Has("attach")) throw new KeelsonException(ErrorKind.InvalidArgument, "options --attach and --detach exclude each other");
            return;
        }
        if (!arguments.Has("attach")) (request.AttachStdin, request.AttachStdout, request.AttachStderr) = (request.OpenStdin, true, true);
        request.StdinOnce = request.OpenStdin && request.AttachStdin;
    }

    private static HealthConfig? Health(Arguments arguments)
    {
        if (arguments.Flag("no-healthcheck"))
        {
            if (arguments.Has("health-cmd")) throw new KeelsonException(ErrorKind.InvalidArgument, "options --no-healthcheck and --health-cmd exclude each other");
            return new() { Test = ["NONE"] };
        }
        HealthConfig health = new()
        {
            Test = arguments.Value("health-cmd") is { } command ? ["CMD-SHELL", command] : null,
            Interval = Nanoseconds(arguments, "health-interval"),
            Timeout = Nanoseconds(arguments, "health-timeout"),
            StartPeriod = Nanoseconds(arguments, "health-start-period"),
            Retries = (int)(arguments.Number("health-retries") ?? 0),
        };
        return health == new HealthConfig() ? null : health;
    }

    private static long Nanoseconds(Arguments arguments, string option)
    {
        if (arguments.Value(option) is not { } text) return 0;
        if (GoDuration.ParseNanoseconds(text) is { } duration and >= 0) return duration;
        throw new KeelsonException(ErrorKind.InvalidArgument, $"option --{option}: '{text}' is no duration, such as 30s");
    }
}
