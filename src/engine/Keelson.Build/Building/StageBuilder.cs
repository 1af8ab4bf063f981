using System.Globalization;
using System.Security.Cryptography;
using Keelson.Engine.Building;
using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.Build;

/// <summary>Builds stages, one after the other.</summary>
internal sealed partial class StageBuilder
{
    private const string NoBase = "scratch";
    private const int ShortDigits = 12;

    private readonly IBuildWork work;
    private readonly BuildOptions options;
    private readonly BuildContext context;
    private readonly IBuildOutput output;
    private readonly TimeProvider time;
    private readonly WordExpander words;
    private readonly StepCache cache;
    private readonly List<(string Name, EngineImage? Image)> done = [];
    private BuildState state = new();
    private BuildArguments arguments = new(new Dictionary<string, string?>());

    public StageBuilder(IBuildWork work, BuildOptions options, BuildContext context, char escape, IBuildOutput output, TimeProvider time, IReadOnlyList<EngineImage> sources)
    {
        this.work = work;
        this.options = options;
        this.context = context;
        this.output = output;
        this.time = time;
        words = new(escape);
        cache = new(work, options.SkipsCache, sources);
    }

    /// <summary>Builds a stage.</summary>
    public async Task<BuildState> BuildAsync(BuildStage stage, BuildArguments before, Func<string, ValueTask> say, CancellationToken cancel)
    {
        state = new();
        arguments = before.ForStage();
        cache.Reset();
        state.Begin(await BaseAsync(stage, cancel).ConfigureAwait(false));
        work.Keep(state.Image);
        if (state.Config.OnBuild is { Count: > 0 } triggers) await TriggerAsync(triggers, cancel).ConfigureAwait(false);
        await SayImageAsync().ConfigureAwait(false);
        foreach (Instruction instruction in stage.Instructions)
        {
            cancel.ThrowIfCancellationRequested();
            await say(instruction.Source).ConfigureAwait(false);
            await StepAsync(instruction, cancel).ConfigureAwait(false);
            await SayImageAsync().ConfigureAwait(false);
        }
        if (state.Image is { } made) await output.StageAsync(made.Id.ToString()).ConfigureAwait(false);
        work.Settle();
        done.Add((stage.Name, state.Image));
        return state;
    }

    private ValueTask SayImageAsync() => output.WriteAsync($" ---> {state.Image?.Id.Hex[..ShortDigits]}\n");

    private async Task TriggerAsync(IReadOnlyList<string> triggers, CancellationToken cancel)
    {
        state.Config = state.Config with { OnBuild = null };
        await output.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"# Executing {triggers.Count} build trigger{(triggers.Count > 1 ? "s" : "")}\n")).ConfigureAwait(false);
        foreach (string trigger in triggers) await StepAsync(Dockerfile.ParseInstruction(trigger), cancel).ConfigureAwait(false);
    }

    /// <summary>The image that a stage begins on.</summary>
    private async Task<EngineImage?> BaseAsync(BuildStage stage, CancellationToken cancel)
    {
        IReadOnlyList<string> known = arguments.OfFrom;
        string name = words.Expand(stage.Base, known), platform = words.Expand(stage.Platform, known);
        if (name.Length == 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"base name ({stage.Base}) should not be blank");
        int index = done.FindLastIndex(other => other.Name.Length > 0 && other.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (index >= 0) return done[index].Image;
        return name == NoBase ? null : await FindAsync(name, platform.Length > 0 ? ParsePlatform(platform) : options.Platform, cancel).ConfigureAwait(false);
    }

    private async Task<EngineImage> FindAsync(string name, Platform? platform, CancellationToken cancel)
    {
        if (!options.Pulls && await work.FindAsync(name, cancel).ConfigureAwait(false) is { } found && (platform is null || found.Config.Architecture is null or "" || new PlatformMatcher(platform).Rank(found.Config.Platform) >= 0)) return found;
        ImageReference reference = ImageReference.Parse(name);
        return await work.PullAsync(reference, new() { Credential = options.Credentials(reference.Repository.Registry), Platform = platform, Progress = output.Pulls }, cancel).ConfigureAwait(false);
    }

    private static Platform ParsePlatform(string text)
    {
        string[] parts = text.Split('/');
        return parts.Length is 1 or 2 or 3 && parts.All(part => part.Length is > 0 and < 64)
            ? new Platform { Os = parts.Length == 1 ? Platform.Current.Os : parts[0], Architecture = parts.Length == 1 ? parts[0] : parts[1], Variant = parts.ElementAtOrDefault(2) }.Normalize()
            : throw new KeelsonException(ErrorKind.InvalidArgument, $"platform '{text}': is not os/architecture or os/architecture/variant");
    }

    /// <summary>Does a step that changes the configuration alone.</summary>
    private Task NoteAsync(string comment, CancellationToken cancel) => FinishAsync(state.Saying(comment), cancel);

    /// <summary>Takes a step from the cache, or makes its image without a layer.</summary>
    private async Task FinishAsync(ContainerConfig saying, CancellationToken cancel)
    {
        if (await TakeAsync(saying, cancel).ConfigureAwait(false)) return;
        string id = await SayRunningAsync(NewId()).ConfigureAwait(false);
        await MakeAsync(saying, null, cancel).ConfigureAwait(false);
        if (options.Removes || options.RemovesAlways) await SayRemovedAsync(id).ConfigureAwait(false);
    }

    private async Task<bool> TakeAsync(ContainerConfig saying, CancellationToken cancel)
    {
        if (await cache.FindAsync(state.Image, saying, cancel).ConfigureAwait(false) is not { } found) return false;
        await output.WriteAsync(" ---> Using cache\n").ConfigureAwait(false);
        state.Image = found;
        work.Keep(found);
        return true;
    }

    /// <summary>Makes the image of a step.</summary>
    private async Task MakeAsync(ContainerConfig saying, MadeLayer? layer, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        ImageConfig below = state.Image?.Config ?? new() { Architecture = Platform.Current.Architecture, Variant = Platform.Current.Variant, Os = Platform.Current.Os };
        ImageHistory step = new() { Created = now, CreatedBy = string.Join(' ', saying.Cmd ?? []), Author = state.Maintainer.Length > 0 ? state.Maintainer : null, IsEmptyLayer = layer is null };
        ImageConfig config = below with { Created = now, Author = step.Author, Config = state.Config, History = [.. below.History ?? [], step] };
        state.Image = await work.MakeAsync(new(state.Image, config) { Layer = layer, CacheKey = StepKey.Of(saying) }, cancel).ConfigureAwait(false);
        work.Keep(state.Image);
    }

    private async ValueTask<string> SayRunningAsync(string id)
    {
        await output.WriteAsync($" ---> Running in {id[..ShortDigits]}\n").ConfigureAwait(false);
        return id;
    }

    private ValueTask SayRemovedAsync(string id) => output.WriteAsync($"Removing intermediate container {id[..ShortDigits]}\n");

    /// <summary>What a step without a container calls it: clients and people look for the line.</summary>
    private static string NewId() => RandomNumberGenerator.GetHexString(ShortDigits, lowercase: true);
}
