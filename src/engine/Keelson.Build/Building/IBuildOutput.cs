using Keelson.Engine.Images;

namespace Keelson.Build;

/// <summary>Hears what a build says.</summary>
public interface IBuildOutput
{
    /// <summary>Hears of images that are brought.</summary>
    IProgress<ImageProgress>? Pulls { get; }

    /// <summary>Text of the build, and what its commands write.</summary>
    ValueTask WriteAsync(string text);

    /// <summary>What its commands complain of.</summary>
    ValueTask WriteErrorAsync(string text);

    /// <summary>A stage is done.</summary>
    ValueTask StageAsync(string imageId);
}
