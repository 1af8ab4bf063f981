using System.Text.Json;
using Keelson.Notary.Stores;
using Keelson.Tuf;

namespace Keelson.Notary.Server;

/// <summary>A file of an upload, whose JSON is read once.</summary>
/// <param name="Role">Its role.</param>
/// <param name="Version">Its version, from 1.</param>
/// <param name="Data">Its bytes.</param>
/// <param name="Json">What they say.</param>
internal sealed record UploadedFile(string Role, long Version, ReadOnlyMemory<byte> Data, JsonElement Json)
{
    /// <summary>As a store takes it.</summary>
    public TrustUpdate Update => new(Role, Version, Data);

    /// <summary>What is signed, and the signatures.</summary>
    /// <exception cref="TufException"><see cref="TufFault.Malformed"/>.</exception>
    public TufEnvelope Read(ITufDialect dialect) => TufEnvelope.Parse(Data, Json, dialect);
}
