namespace Keelson.Build;

/// <summary>Limits of what COPY and ADD take.</summary>
internal static class CopyLimits
{
    /// <summary>Deepest directory: each level takes stack and an open file.</summary>
    public const int MostNested = 512;
}
