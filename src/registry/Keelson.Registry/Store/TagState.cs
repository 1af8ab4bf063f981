using Keelson.Oci;

namespace Keelson.Registry.Store;

/// <summary>What is known of a tag.</summary>
/// <param name="Digest">Where it stands; <see langword="null"/>: there is none.</param>
/// <param name="Origin">Where it comes from.</param>
/// <param name="Checked">When an upstream last said that it stands there.</param>
internal readonly record struct TagState(Digest? Digest, Origin Origin, DateTimeOffset Checked);
