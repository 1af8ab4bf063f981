using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Keelson.Engine.Building;
using Keelson.Engine.Containers;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.Build;

/// <summary>Steps that run commands and copy files.</summary>
internal sealed partial class StageBuilder
{
    private const string WantsBuildKit = "requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled";

    private async Task RunAsync(RunInstruction run, CancellationToken cancel)
    {
        if (run.Flags.Count > 0) throw new KeelsonException(ErrorKind.Unsupported, $"the --{run.Flags[0]} option {WantsBuildKit}");
        IReadOnlyList<string> command = state.Resolve(run.Command), given = arguments.Beside(state.Environment);
        IReadOnlyList<string> told = arguments.Telling(given);
        IReadOnlyList<string> known = given.Count == 0 ? command : [string.Create(CultureInfo.InvariantCulture, $"|{told.Count}"), .. told, .. command];
        ContainerConfig saying = state.Config with { Cmd = known, Entrypoint = known.Count > 0 ? null : state.Config.Entrypoint };
        if (await TakeAsync(saying, cancel).ConfigureAwait(false)) return;
        ContainerSettings settings = new()
        {
            Cmd = command,
            Entrypoint = [""],
            Env = [.. state.Environment, .. given],
            User = state.Config.User,
            WorkingDir = state.Config.WorkingDirectory,
            Volumes = state.Config.Volumes,
            Healthcheck = new() { Test = ["NONE"] },
            AttachStdout = true,
            AttachStderr = true,
        };
        EngineImage? parent = state.Image;
        string id = await work.CreateContainerAsync(parent, settings, options.Host with { LogConfig = new() { Type = "none" } }, cancel).ConfigureAwait(false);
        bool isDone = false, hasFailed = false;
        try
        {
            await SayRunningAsync(id).ConfigureAwait(false);
            StreamText texts = new(output);
            int code = await work.RunAsync(id, texts.WriteAsync, cancel).ConfigureAwait(false);
            await texts.FinishAsync().ConfigureAwait(false);
            hasFailed = code != 0;
            if (hasFailed) throw new BuildException(code, string.Create(CultureInfo.InvariantCulture, $"The command '{string.Join(' ', command)}' returned a non-zero code: {code}"));
            bool goes = options.Removes || options.RemovesAlways;
            await MakeAsync(saying, await work.TakeChangesAsync(id, parent, goes, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
            isDone = true;
        }
        finally
        {
            bool isToGo = options.RemovesAlways || isDone && options.Removes;
            // What a command that failed has left is there to be looked at. One that was not run to its end has nothing to show, and perhaps nobody waits for it any more.
            if (isToGo || !isDone && !hasFailed) await work.RemoveContainerAsync(id).ConfigureAwait(false);
            if (isToGo && !cancel.IsCancellationRequested) await SayRemovedAsync(id).ConfigureAwait(false);
        }
    }

    private async Task CopyAsync(CopyInstruction copy, CancellationToken cancel)
    {
        if (copy.Mode.Length > 0) throw new KeelsonException(ErrorKind.Unsupported, $"the --chmod option {WantsBuildKit}");
        EngineImage? from = copy.From.Length > 0 ? await SourceImageAsync(copy.From, cancel).ConfigureAwait(false) : null;
        using BuildTree? image = from is null ? null : await work.ViewAsync(from, cancel).ConfigureAwait(false);
        SourceTree tree = image is null ? context.Tree : new(image.Root, isContext: false);
        using FetchedFiles fetched = new(work.Directory, output);
        IReadOnlyList<SourceFile> sources;
        try
        {
            sources = await SourcesAsync(copy, tree, fetched, cancel).ConfigureAwait(false);
            if (sources.Count == 0) throw new KeelsonException(ErrorKind.InvalidArgument, "no source files were specified");
        }
        catch (KeelsonException e)
        {
            throw new KeelsonException(e.Kind, $"{copy.Keyword} failed: {e.FullMessage}");
        }
        if (sources.Count > 1 && !copy.Destination.EndsWith('/'))
            throw new KeelsonException(ErrorKind.InvalidArgument, $"When using {copy.Keyword} with more than one source file, the destination must be a directory and end with a /");
        string owner = copy.Owner.Length > 0 ? "--chown=" + copy.Owner : "";
        ContainerConfig saying = state.SayingInOne($"{copy.Keyword} {owner}{HashOf(sources)} in {copy.Destination} ");
        if (await TakeAsync(saying, cancel).ConfigureAwait(false)) return;
        using BuildTree target = await work.PrepareAsync(state.Image, cancel).ConfigureAwait(false);
        (uint Uid, uint Gid)? belongs = copy.Owner.Length > 0 ? target.ResolveOwner(copy.Owner) : from is null ? (0u, 0u) : null;
        string destination = copy.Destination.StartsWith('/') ? copy.Destination : Below(copy.Destination) + (copy.Destination.EndsWith('/') || copy.Destination is "." ? "/" : "");
        await Task.Run(async () =>
        {
            foreach (SourceFile source in sources) await new TreeCopy(target.Root, belongs, cancel).CopyAsync(source, destination, extracts: copy.IsAdd).ConfigureAwait(false);
        }, cancel).ConfigureAwait(false);
        await MakeAsync(saying, await work.CommitAsync(target, state.Image, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
    }

    private static async Task<IReadOnlyList<SourceFile>> SourcesAsync(CopyInstruction copy, SourceTree tree, FetchedFiles fetched, CancellationToken cancel)
    {
        List<SourceFile> sources = [];
        foreach (string word in copy.Sources)
        {
            bool isAddress = word.StartsWith("http://", StringComparison.Ordinal) || word.StartsWith("https://", StringComparison.Ordinal);
            if (isAddress && !copy.IsAdd) throw new KeelsonException(ErrorKind.InvalidArgument, "source can't be a URL for COPY");
            if (isAddress) sources.Add(await fetched.FetchAsync(word, copy.Destination, cancel).ConfigureAwait(false));
            else sources.AddRange(await Task.Run(() => tree.Find(word, cancel), cancel).ConfigureAwait(false));
        }
        return sources;
    }

    /// <summary>The image of COPY --from: a stage by name or number, or any image.</summary>
    private async Task<EngineImage?> SourceImageAsync(string name, CancellationToken cancel)
    {
        int index = done.FindLastIndex(stage => stage.Name.Length > 0 && stage.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (index < 0 && int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number))
        {
            if (number == done.Count) throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid from flag value {name}: refers to current build stage");
            if (number < 0 || number > done.Count) throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid from flag value {name}: index out of bounds");
            index = number;
        }
        if (index >= 0) return done[index].Image ?? throw new KeelsonException(ErrorKind.InvalidArgument, $"invalid from flag value {name}: the stage has no files");
        try
        {
            return await FindAsync(name, options.Platform, cancel).ConfigureAwait(false);
        }
        catch (KeelsonException e)
        {
            throw new KeelsonException(e.Kind, $"invalid from flag value {name}", e);
        }
        finally
        {
            // To look for an image moved what the work is at.
            work.Keep(state.Image);
        }
    }

    private static string HashOf(IReadOnlyList<SourceFile> sources) =>
        sources is [{ } one] ? one.Hash : "multi:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(',', sources.Select(source => source.Hash)))));
}
