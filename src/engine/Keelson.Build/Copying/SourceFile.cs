using Keelson.Linux;

namespace Keelson.Build;

/// <summary>Something that COPY or ADD copies.</summary>
/// <param name="Root">The tree that it is in; it belongs to somebody else.</param>
/// <param name="Path">Its path there, without a slash at its ends; empty for the tree itself.</param>
/// <param name="Hash">What it is known by: kind and digest.</param>
/// <param name="IsFetched">Whether it came from an address, and so is taken as it is.</param>
internal sealed record SourceFile(FdHandle Root, string Path, string Hash, bool IsFetched = false);
