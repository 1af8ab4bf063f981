using Keelson.Pkcs11;

namespace Keelson.Fuzz.Targets;

/// <summary>Curve and point as a token has them: a key whose parts have their lengths, or none. The first byte says how long the curve is.</summary>
internal sealed class EcPointTarget : IFuzzTarget
{
    private const int P256Bytes = 65, Ed25519Bytes = 32;

    public string Name => "ec-point";

    public void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return;
        int length = Math.Min(input[0], input.Length - 1);
        if (EcPublicKey.TryRead(input.Slice(1, length), input[(1 + length)..]) is not { } key) return;
        if (key.Point.Length != (key.Curve == EcCurve.P256 ? P256Bytes : Ed25519Bytes)) throw new InvalidOperationException($"a point of {key.Point.Length} bytes on {key.Curve}");
    }
}
