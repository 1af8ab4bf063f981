namespace Keelson.Content;

/// <summary>Leads metadata from one version of the format to the next. A version is what <see cref="LogFormat.Version"/> says.</summary>
/// <param name="From">The version that it takes; it makes the next one.</param>
/// <param name="Apply">Changes what the rows say. A change of their bytes needs a reader of the old ones besides.</param>
internal sealed record Migration(uint From, Func<MetadataState, MetadataState> Apply)
{
    /// <summary>All of them, in order. Version 1 is the first.</summary>
    public static readonly IReadOnlyList<Migration> All = [];
}
