using Keelson.Oci;

namespace Keelson.Registry.Scrub;

/// <summary>Something that is wrong with a store.</summary>
/// <param name="Fault">What.</param>
/// <param name="Repository">Where; <see langword="null"/> for content, which is of all repositories.</param>
/// <param name="Tag">The tag that it is about; <see langword="null"/> for none.</param>
/// <param name="Digest">The blob or manifest; <see langword="null"/> where it is not known.</param>
/// <param name="Message">What a person reads.</param>
/// <param name="IsRepaired">Whether it was repaired, as far as <see cref="ScrubFault"/> says.</param>
public sealed record ScrubFinding(ScrubFault Fault, string? Repository, string? Tag, Digest? Digest, string Message, bool IsRepaired);
