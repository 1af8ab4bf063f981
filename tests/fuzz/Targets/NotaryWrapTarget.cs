using System.Text;
using Keelson.Notary.Keys;

namespace Keelson.Fuzz.Targets;

/// <summary>Wrapped keys as a database has them: unwrapped, or none.</summary>
internal sealed class NotaryWrapTarget : IFuzzTarget
{
    private readonly WrappingKeys keys = new();

    public string Name => "notary-wrap";

    public void Run(ReadOnlySpan<byte> input) => _ = KeyWrap.Unwrap(Encoding.UTF8.GetString(input), "passphrase", keys);
}
