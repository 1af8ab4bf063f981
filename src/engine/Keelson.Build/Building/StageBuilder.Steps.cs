using Keelson.Engine.Building;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Build;

/// <summary>What each instruction does.</summary>
internal sealed partial class StageBuilder
{
    /// <summary>Does one instruction.</summary>
    private Task StepAsync(Instruction instruction, CancellationToken cancel)
    {
        IReadOnlyList<string> variables = [.. state.Environment, .. arguments.Beside(state.Environment)];
        string Expand(string word) => words.Expand(word, variables);
        switch (instruction)
        {
            case RunInstruction run:
                return RunAsync(run, cancel);
            case CopyInstruction copy:
                return CopyAsync(copy with { Sources = [.. copy.Sources.Select(Expand)], Destination = Expand(copy.Destination), Owner = Expand(copy.Owner) }, cancel);
            case WorkdirInstruction workdir:
                return EnterAsync(Expand(workdir.Path), cancel);
            case EnvInstruction env:
                return SetAsync([.. env.Pairs.Select(pair => KeyValuePair.Create(Expand(pair.Key), Expand(pair.Value)))], cancel);
            case LabelInstruction label:
                return LabelAsync(label.Expands ? [.. label.Pairs.Select(pair => KeyValuePair.Create(Expand(pair.Key), Expand(pair.Value)))] : label.Pairs, cancel);
            case ArgInstruction arg:
                return DeclareAsync([.. arg.Arguments.Select(argument => new BuildArgument(Expand(argument.Name), argument.Value is null ? null : Expand(argument.Value)))], cancel);
            case MaintainerInstruction maintainer:
                state.Maintainer = maintainer.Name;
                return NoteAsync("MAINTAINER " + maintainer.Name, cancel);
            case CmdInstruction cmd:
                return CommandAsync(cmd, cancel);
            case EntrypointInstruction entrypoint:
                return EntrypointAsync(entrypoint, cancel);
            case ExposeInstruction expose:
                return ExposeAsync([.. expose.Ports.SelectMany(port => words.ExpandToWords(port, variables))], cancel);
            case VolumeInstruction volume:
                return VolumeAsync([.. volume.Paths.Select(Expand)], cancel);
            case UserInstruction user:
                state.Config = state.Config with { User = Expand(user.User) };
                return NoteAsync("USER " + state.Config.User, cancel);
            case OnBuildInstruction onBuild:
                state.Config = state.Config with { OnBuild = [.. state.Config.OnBuild ?? [], onBuild.Expression] };
                return NoteAsync("ONBUILD " + onBuild.Expression, cancel);
            case StopSignalInstruction stop:
                return StopSignalAsync(Expand(stop.Signal), cancel);
            case HealthcheckInstruction health:
                return HealthcheckAsync(health.Check, cancel);
            case ShellInstruction shell:
                state.Config = state.Config with { Shell = shell.Words };
                return NoteAsync($"SHELL [{string.Join(' ', shell.Words)}]", cancel);
            default:
                throw new InvalidOperationException($"no step for {instruction.GetType().Name}");
        }
    }

    private Task SetAsync(IReadOnlyList<KeyValuePair<string, string>> pairs, CancellationToken cancel)
    {
        List<string> environment = [.. state.Environment];
        foreach ((string name, string value) in pairs)
        {
            if (name.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "ENV names can not be blank");
            int index = environment.FindIndex(variable => variable.StartsWith(name + "=", StringComparison.Ordinal) || variable == name);
            if (index < 0) environment.Add($"{name}={value}");
            else environment[index] = $"{name}={value}";
        }
        state.Config = state.Config with { Env = environment };
        return NoteAsync("ENV " + string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}")), cancel);
    }

    private Task LabelAsync(IReadOnlyList<KeyValuePair<string, string>> pairs, CancellationToken cancel)
    {
        SortedDictionary<string, string> labels = new(StringComparer.Ordinal);
        foreach ((string name, string value) in (state.Config.Labels ?? new Dictionary<string, string>()).Concat(pairs)) labels[name] = value;
        state.Config = state.Config with { Labels = labels };
        return NoteAsync("LABEL " + string.Join(' ', pairs.Select(pair => $"{pair.Key}={pair.Value}")), cancel);
    }

    private Task DeclareAsync(IReadOnlyList<BuildArgument> declared, CancellationToken cancel)
    {
        foreach (BuildArgument argument in declared) arguments.Declare(argument.Name, argument.Value);
        return NoteAsync("ARG " + string.Join(' ', declared.Select(argument => argument.Value is null ? argument.Name : $"{argument.Name}={argument.Value}")), cancel);
    }

    private Task CommandAsync(CmdInstruction cmd, CancellationToken cancel)
    {
        state.Config = state.Config with { Cmd = state.Resolve(cmd.Command) };
        if (cmd.Command.Words.Count > 0) state.HasCommand = true;
        return NoteAsync("CMD " + GoText.Quote(state.Config.Cmd), cancel);
    }

    private Task EntrypointAsync(EntrypointInstruction entrypoint, CancellationToken cancel)
    {
        IReadOnlyList<string> command = state.Resolve(entrypoint.Command);
        state.Config = state.Config with { Entrypoint = entrypoint.Command.Words.Count > 0 ? command : null, Cmd = state.HasCommand ? state.Config.Cmd : null };
        return NoteAsync("ENTRYPOINT " + GoText.Quote(state.Config.Entrypoint), cancel);
    }

    private Task ExposeAsync(IReadOnlyList<string> ports, CancellationToken cancel)
    {
        SortedDictionary<string, EmptyObject> exposed = new(StringComparer.Ordinal);
        foreach (string port in (state.Config.ExposedPorts?.Keys ?? []).Concat(ports.SelectMany(ExposedPort.Parse))) exposed[port] = new();
        state.Config = state.Config with { ExposedPorts = exposed };
        return NoteAsync("EXPOSE " + string.Join(' ', ports), cancel);
    }

    private Task VolumeAsync(IReadOnlyList<string> paths, CancellationToken cancel)
    {
        SortedDictionary<string, EmptyObject> volumes = new(StringComparer.Ordinal);
        foreach (string path in (state.Config.Volumes?.Keys ?? []).Concat(paths)) volumes[path.Length > 0 ? path : throw new KeelsonException(ErrorKind.InvalidArgument, "VOLUME specified can not be an empty string")] = new();
        state.Config = state.Config with { Volumes = volumes };
        return NoteAsync($"VOLUME [{string.Join(' ', paths)}]", cancel);
    }

    private Task StopSignalAsync(string signal, CancellationToken cancel)
    {
        if (Signals.Parse(signal) <= 0) throw new KeelsonException(ErrorKind.InvalidArgument, "Invalid signal: " + signal);
        state.Config = state.Config with { StopSignal = signal };
        return NoteAsync("STOPSIGNAL " + signal, cancel);
    }

    private async Task HealthcheckAsync(ImageHealthcheck check, CancellationToken cancel)
    {
        if (state.Config.Healthcheck?.Test is { Count: > 0 } old && old[0] != "NONE") await output.WriteAsync($"Note: overriding previous HEALTHCHECK: [{string.Join(' ', old)}]\n").ConfigureAwait(false);
        // What is left out comes from the image before, though the history does not tell, as with dockerd.
        ImageHealthcheck? below = state.Image?.Config.Config?.Healthcheck;
        state.Config = state.Config with
        {
            Healthcheck = below is null ? check : check with
            {
                IntervalNanoseconds = check.IntervalNanoseconds != 0 ? check.IntervalNanoseconds : below.IntervalNanoseconds,
                TimeoutNanoseconds = check.TimeoutNanoseconds != 0 ? check.TimeoutNanoseconds : below.TimeoutNanoseconds,
                StartPeriodNanoseconds = check.StartPeriodNanoseconds != 0 ? check.StartPeriodNanoseconds : below.StartPeriodNanoseconds,
                Retries = check.Retries != 0 ? check.Retries : below.Retries,
            },
        };
        string times = string.Join(' ', ((long[])[check.IntervalNanoseconds, check.TimeoutNanoseconds, check.StartPeriodNanoseconds]).Select(duration => $"\"{GoDuration.Text(duration)}\""));
        await NoteAsync($"HEALTHCHECK &{{{GoText.Quote(check.Test)} {times} {GoText.QuoteRune(check.Retries)}}}", cancel).ConfigureAwait(false);
    }

    /// <summary>WORKDIR: the directory is made at once, so that it belongs to the layer and not to each container.</summary>
    private async Task EnterAsync(string path, CancellationToken cancel)
    {
        if (path.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "cannot normalize nothing");
        string workdir = path.StartsWith('/') ? path : Below(path);
        state.Config = state.Config with { WorkingDirectory = workdir };
        ContainerConfig saying = state.SayingInOne("WORKDIR " + workdir);
        if (await TakeAsync(saying, cancel).ConfigureAwait(false)) return;
        using BuildTree tree = await work.PrepareAsync(state.Image, cancel).ConfigureAwait(false);
        byte[] name = System.Text.Encoding.UTF8.GetBytes(SourceTree.Clean(workdir));
        if (name.AsSpan().Contains((byte)0)) throw new KeelsonException(ErrorKind.InvalidArgument, "WORKDIR has a zero byte");
        Errno errno = Archive.ConfinedDirectory.TryOpen(tree.Root, name, (0, 0), out FdHandle? directory);
        if (errno == Errno.ENOTDIR) throw new KeelsonException(ErrorKind.InvalidArgument, $"Cannot mkdir: {workdir} is not a directory");
        errno.ThrowIfError("make the working directory", workdir);
        directory!.Dispose();
        string id = await SayRunningAsync(NewId()).ConfigureAwait(false);
        await MakeAsync(saying, await work.CommitAsync(tree, state.Image, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        if (options.Removes || options.RemovesAlways) await SayRemovedAsync(id).ConfigureAwait(false);
    }

    /// <summary>A path from the working directory on.</summary>
    private string Below(string path) => "/" + string.Join('/', Parts($"{state.Config.WorkingDirectory}/{path}"));

    private static List<string> Parts(string path)
    {
        List<string> parts = [];
        foreach (string part in path.Split('/'))
        {
            if (part is "" or ".") continue;
            if (part != "..") parts.Add(part);
            else if (parts.Count > 0) parts.RemoveAt(parts.Count - 1);
        }
        return parts;
    }
}
