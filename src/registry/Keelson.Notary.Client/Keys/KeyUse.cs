namespace Keelson.Notary.Client;

/// <summary>Where a key is used.</summary>
/// <param name="Gun">The collection.</param>
/// <param name="Role">The role that it signs there.</param>
/// <param name="Threshold">How many keys must sign for the role.</param>
/// <param name="KeyCount">How many keys the role has.</param>
public sealed record KeyUse(string Gun, string Role, int Threshold, int KeyCount);
