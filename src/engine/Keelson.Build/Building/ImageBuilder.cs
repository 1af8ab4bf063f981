using System.Globalization;
using Keelson.Engine.Building;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.Build;

/// <summary>Builds images as docker's classic builder does: each instruction makes an image on top of the one before, and what was made before is taken again.</summary>
/// <param name="host">The engine.</param>
/// <param name="time">The clock.</param>
public sealed class ImageBuilder(IBuildHost host, TimeProvider time)
{
    /// <summary>Builds an image.</summary>
    /// <param name="options">What and how.</param>
    /// <param name="open">Makes the context in a directory of the build's.</param>
    /// <param name="output">Hears what happens.</param>
    /// <param name="cancel">Ends the build; nothing of it is left but the steps that are done.</param>
    /// <returns>The image's identity.</returns>
    /// <exception cref="BuildException">A command failed.</exception>
    /// <exception cref="KeelsonException">The Dockerfile or the context is wrong, or a step could not be done.</exception>
    public async Task<string> BuildAsync(BuildOptions options, Func<string, CancellationToken, Task<BuildContext>> open, IBuildOutput output, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(open);
        ArgumentNullException.ThrowIfNull(output);
        IBuildWork work = await host.BeginAsync(cancel).ConfigureAwait(false);
        await using (work.ConfigureAwait(false))
        {
            try
            {
                string directory = work.Directory + "/context";
                Directory.CreateDirectory(directory);
                using BuildContext context = await open(directory, cancel).ConfigureAwait(false);
                Dockerfile file = Dockerfile.Parse(context.TakeDockerfile(options.DockerfileName));
                EngineImage image = await RunAsync(work, options, context, file, output, cancel).ConfigureAwait(false);
                await output.WriteAsync($"Successfully built {image.Id.Hex[..12]}\n").ConfigureAwait(false);
                foreach (ImageReference tag in options.Tags)
                {
                    await work.TagAsync(image, tag, cancel).ConfigureAwait(false);
                    await output.WriteAsync($"Successfully tagged {tag.Familiar}\n").ConfigureAwait(false);
                }
                return image.Id.ToString();
            }
            catch when (cancel.IsCancellationRequested)
            {
                work.Cancel();
                throw;
            }
        }
    }

    private async Task<EngineImage> RunAsync(IBuildWork work, BuildOptions options, BuildContext context, Dockerfile file, IBuildOutput output, CancellationToken cancel)
    {
        IReadOnlyList<BuildStage> stages = Chosen(file, options);
        int count = file.Arguments.Count + stages.Sum(stage => 1 + stage.Instructions.Count), step = 0;
        if (file.Warnings.Count > 0) await output.WriteErrorAsync(string.Join('\n', file.Warnings) + "\n").ConfigureAwait(false);
        BuildArguments arguments = new(options.Arguments);
        WordExpander words = new(file.Escape);
        foreach (ArgInstruction instruction in file.Arguments)
        {
            await SayStepAsync(instruction.Source).ConfigureAwait(false);
            foreach (BuildArgument argument in instruction.Arguments)
            {
                IReadOnlyList<string> known = arguments.OfFrom;
                arguments.DeclareBefore(words.Expand(argument.Name, known), argument.Value is null ? null : words.Expand(argument.Value, known));
            }
        }
        StageBuilder builder = new(work, options, context, file.Escape, output, time, await SourcesAsync(work, options, cancel).ConfigureAwait(false));
        BuildState? last = null;
        foreach (BuildStage stage in stages)
        {
            await SayStepAsync(stage.Source).ConfigureAwait(false);
            last = await builder.BuildAsync(stage, arguments, SayStepAsync, cancel).ConfigureAwait(false);
        }
        IReadOnlyList<string> unused = arguments.Unused;
        if (unused.Count > 0) await output.WriteAsync($"[Warning] One or more build-args [{string.Join(' ', unused)}] were not consumed\n").ConfigureAwait(false);
        return last?.Image ?? throw new KeelsonException(ErrorKind.InvalidArgument, "No image was generated. Is your Dockerfile empty?");

        async ValueTask SayStepAsync(string source)
        {
            await output.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"Step {++step}/{count} : {source}")).ConfigureAwait(false);
            await output.WriteAsync("\n").ConfigureAwait(false);
        }
    }

    /// <summary>The stages up to the target, the last with the caller's labels.</summary>
    private static IReadOnlyList<BuildStage> Chosen(Dockerfile file, BuildOptions options)
    {
        List<BuildStage> stages = [.. file.Stages];
        if (options.Target.Length > 0)
        {
            int index = stages.FindIndex(stage => stage.Name.Equals(options.Target, StringComparison.OrdinalIgnoreCase));
            if (index < 0 && !(int.TryParse(options.Target, NumberStyles.None, CultureInfo.InvariantCulture, out index) && index < stages.Count))
                throw new KeelsonException(ErrorKind.InvalidArgument, $"failed to reach build target {options.Target} in Dockerfile");
            stages.RemoveRange(index + 1, stages.Count - index - 1);
        }
        LabelInstruction[] labels = [.. options.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => new LabelInstruction($"LABEL {label.Key}={label.Value}", 0, [label], Expands: false))];
        stages[^1] = stages[^1] with { Instructions = [.. stages[^1].Instructions, .. labels] };
        return stages;
    }

    private static async Task<IReadOnlyList<EngineImage>> SourcesAsync(IBuildWork work, BuildOptions options, CancellationToken cancel)
    {
        List<EngineImage> sources = [];
        foreach (string name in options.CacheSources)
            if (await work.FindAsync(name, cancel).ConfigureAwait(false) is { } image) sources.Add(image);
        return sources;
    }
}
