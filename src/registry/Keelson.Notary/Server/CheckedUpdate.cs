using Keelson.Notary.Stores;

namespace Keelson.Notary.Server;

/// <summary>An update that may be stored.</summary>
/// <param name="Before">What the collection must be.</param>
/// <param name="Files">The files that it gets.</param>
/// <param name="After">What it is then.</param>
internal sealed record CheckedUpdate(CollectionState Before, IReadOnlyList<TrustUpdate> Files, CollectionState After);
