namespace Keelson.Tuf;

/// <summary>Whose signatures a role needs.</summary>
/// <param name="KeyIds">Identifiers of its keys, each once. A key may be missing; it then cannot sign.</param>
/// <param name="Threshold">How many of them must sign; at least 1. It may be above their number: nobody can sign then, until the next root.</param>
public sealed record TufRoleKeys(IReadOnlyList<string> KeyIds, int Threshold);
